#!/usr/bin/env bash
# Holds money on a card of each network: charges a part of one hold, which frees the rest, and cancels another.
#
#   examples/shell/hold.sh        # GATEWAY, SANDBOX, USER_NAME and SECRET name another gateway than the sandbox's own
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

walk() { # NETWORK PAN PHONE MERCHANT TERMINAL
    local token before order hold found
    token=$(attach "$2" "$3")
    before=$(balance "$2")
    order="\"token\": \"$token\", \"merchantId\": \"$4\", \"terminalId\": \"$5\", \"is_hold\": true"

    hold=$(call transactions.debit "{$order, \"amount\": 700000}" | jq .transactionId)
    expect 'the balance after the hold' "$(balance "$2")" $((before - 700000))
    call transactions.debit.hold.charge "{\"transactionId\": $hold, \"amount\": 450000}" >/dev/null
    found=$(call transactions.get "{\"transactionId\": $hold}")
    expect 'the charged hold' "$(jq -c '[.status, .amount, .capturedAmount]' <<<"$found")" '["succeeded",700000,450000]'
    expect 'the balance after the charge' "$(balance "$2")" $((before - 450000))

    hold=$(call transactions.debit "{$order, \"amount\": 100000}" | jq .transactionId)
    expect 'the cancelled hold' "$(call transactions.debit.hold.cancel "{\"transactionId\": $hold}")" true
    expect 'the balance in the end' "$(balance "$2")" $((before - 450000))
    echo "$1: charged 4 500.00 of 7 000.00 UZS, and cancelled a hold of 1 000.00 UZS"
}

walk UZCARD 8600010132441332 998901234567 90001 92400001
walk HUMO 9860190101578366 998977446066 0040100000401CS 1965000A
