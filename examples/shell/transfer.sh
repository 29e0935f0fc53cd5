#!/usr/bin/env bash
# Transfers 1 000.00 UZS in each direction, after asking for the recipient's name and for the fee.
#
#   examples/shell/transfer.sh    # GATEWAY, SANDBOX, USER_NAME and SECRET name another gateway than the sandbox's own
#
# Needs curl and jq. Exit code 1: refused, or not as it must be. 2: the gateway or its sandbox cannot be reached.
set -euo pipefail

gateway=${GATEWAY:-http://127.0.0.1:8080} sandbox=${SANDBOX:-http://127.0.0.1:8090}
gateway=${gateway%/}/ sandbox=${sandbox%/}/sandbox

fail() { # MESSAGE [EXIT CODE]
    echo "${0##*/}: $1" >&2
    exit "${2:-1}"
}

command -v curl >/dev/null && command -v jq >/dev/null || fail 'curl and jq are needed'

fetch() { # URL [BODY]: what came back
    curl -sS --max-time 60 -u "${USER_NAME:-demo}:${SECRET:-demo-secret}" -H 'Content-Type: application/json' -H 'lang: en' \
        ${2:+--data "$2"} "$1" || fail "cannot reach $1" 2
}

call() { # METHOD PARAMS: the result
    local request reply
    request=$(jq -cn --arg method "$1" --argjson params "$2" '{jsonrpc: "2.0", id: 1, $method, $params}')
    reply=$(fetch "$gateway" "$request") || exit
    jq -ce 'select(has("result")) | .result' <<<"$reply" || fail "$1 was refused: $(jq -c .error <<<"$reply")"
}

expect() { # WHAT ACTUAL EXPECTED
    [[ $2 == "$3" ]] || fail "$1 is $2, expected $3"
}

code_sent_to() { # PHONE: the code in the newest message
    local messages
    messages=$(fetch "$sandbox/messages?phone=$1") || exit
    jq -r '.[-1].text | match("[0-9]{6}").string' <<<"$messages"
}

attach() { # PAN PHONE: the token
    local begun code
    begun=$(call cards.add "{\"pan\": \"$1\", \"expiry\": \"1230\", \"phone\": \"$2\"}" | jq .transactionId) || exit
    code=$(code_sent_to "$2") || exit
    call cards.add-confirm "{\"transactionId\": $begun, \"confirmedCode\": \"$code\"}" | jq -r .token
}

balance() { # PAN: the money available now
    local cards
    cards=$(fetch "$sandbox/cards") || exit
    jq --arg pan "$1" '.[] | select(.pan == $pan) | .balance' <<<"$cards"
}

walk() { # DIRECTION TOKEN PAN PHONE RECIPIENT
    local sender recipient name fee result
    sender=$(balance "$3") recipient=$(balance "$5")
    name=$(call p2p.recipient-info "{\"pan\": \"$5\"}" | jq -r .name)
    fee=$(call p2p.fee-info "{\"pan\": \"$3\", \"pan2\": \"$5\", \"phone\": \"$4\", \"amount\": 100000}" | jq .fee)

    # The extId makes a repeat safe: see repeat.sh.
    result=$(call "p2p.$1" "{\"token\": \"$2\", \"pan\": \"$5\", \"expiry\": \"3012\", \"amount\": 100000,
        \"extId\": \"shell-$1-$RANDOM-$(date +%s)\"}")
    expect 'the fee' "$(jq -r .fee <<<"$result")" "$fee"
    expect "the sender's balance" "$(balance "$3")" $((sender - 100000 - fee))
    expect "the recipient's balance" "$(balance "$5")" $((recipient + 100000))
    echo "$1: 1 000.00 UZS to $name, fee $fee tiyin"
}

uzcard=$(attach 8600010132441332 998901234567)
humo=$(attach 9860190101578366 998977446066)
walk uzcard2uzcard "$uzcard" 8600010132441332 998901234567 8600490744313347
walk uzcard2humo "$uzcard" 8600010132441332 998901234567 9860100123456789
walk humo2uzcard "$humo" 9860190101578366 998977446066 8600490744313347
walk humo2humo "$humo" 9860190101578366 998977446066 9860100123456789
