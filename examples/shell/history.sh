#!/usr/bin/env bash
# Reads the history of two cards page by page, and one operation whole. The sandbox makes some history up first.
#
#   examples/shell/history.sh     # GATEWAY, SANDBOX, USER_NAME and SECRET name another gateway than the sandbox's own
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

uzcard=$(attach 8600010132441332 998901234567)
humo=$(attach 9860190101578366 998977446066)

# A month that is over, so that nothing in it changes any more.
from=2025-01-01 to=2025-01-31
for pan in 8600010132441332 9860190101578366; do
    fetch "$sandbox/history" "{\"pan\": \"$pan\", \"count\": 30, \"from\": \"$from\", \"to\": \"$to\"}" >/dev/null
done

page=0 read=0
while :; do
    history=$(call cards.monitoring "{\"tokens\": [\"$uzcard\", \"$humo\"], \"from\": \"$from\", \"to\": \"$to\",
        \"page\": $page, \"size\": 25}")
    count=$(jq '.transactions | length' <<<"$history")
    ((count > 0)) || break
    # The totals are of the whole period, whatever the page.
    ((page == 0)) && jq -r '"out \(.totalDebit) tiyin, in \(.totalCredit) tiyin"' <<<"$history"
    ((page == 0)) && operation=$(jq -r '.transactions[0]._id' <<<"$history")
    read=$((read + count)) page=$((page + 1))
done
((read >= 60)) || fail "only $read operations were read"
echo "read $read operations on $page pages"

call monitoring.get.entry "{\"id\": \"$operation\"}" |
    jq -r '"the newest: \(.vendor) \(.pan), \(.amount) tiyin \(if .isCredit then "in" else "out" end) on \(.update)"'
