#!/usr/bin/env bash
# Attaches a card of each network by the code of an SMS; a wrong code is refused.
#
#   examples/shell/attach.sh      # GATEWAY, SANDBOX, USER_NAME and SECRET name another gateway than the sandbox's own
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

walk() { # NETWORK PAN PHONE
    local begun code wrong attached
    begun=$(call cards.add "{\"pan\": \"$2\", \"expiry\": \"1230\", \"phone\": \"+$3\"}" | jq .transactionId)
    code=$(code_sent_to "$3")

    wrong=$(fetch "$gateway" "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"cards.add-confirm\",
        \"params\": {\"transactionId\": $begun, \"confirmedCode\": \"000000\"}}")
    expect 'the answer to a wrong code' "$(jq .error.code <<<"$wrong")" -32308

    attached=$(call cards.add-confirm "{\"transactionId\": $begun, \"confirmedCode\": \"$code\"}")
    expect 'the network' "$(jq -r .vendor <<<"$attached")" "$1"
    echo "$1: attached $(jq -r '"\(.pan) of \(.fullName) as \(.token)"' <<<"$attached")"
}

walk uzcard 8600010132441332 998901234567
walk humo 9860190101578366 998977446066
