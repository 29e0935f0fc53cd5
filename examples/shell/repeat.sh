#!/usr/bin/env bash
# Loses replies, ours and a network's, and repeats with the same extId: each payment happens once.
#
#   examples/shell/repeat.sh      # GATEWAY, SANDBOX, USER_NAME and SECRET name another gateway than the sandbox's own
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

debit() { # EXT_ID [SECONDS]: the whole reply to a debit of 1 000.00 UZS; fails when none comes in time
    curl -sS --max-time "${2:-60}" -u "${USER_NAME:-demo}:${SECRET:-demo-secret}" -H 'Content-Type: application/json' \
        -d "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"transactions.debit\", \"params\": {\"token\": \"$token\",
            \"amount\": 100000, \"merchantId\": \"90001\", \"terminalId\": \"92400001\", \"extId\": \"$1\"}}" "$gateway"
}

repeat() { # EXT_ID: the transaction, once it is known what became of the payment
    local reply tries
    for ((tries = 0; tries < 120; tries++)); do
        reply=$(debit "$1") || fail "cannot reach $gateway" 2
        case $(jq '.error.code' <<<"$reply") in
            null) jq .result.transactionId <<<"$reply"; return ;;
            # Overloaded; still being worked on; the outcome is not known yet. None of them is a refusal.
            -32343 | -32364 | -32365 | -32379) sleep 0.5 ;;
            *) fail "the debit was refused: $(jq -c .error <<<"$reply")" ;;
        esac
    done
    fail "$1 is still open"
}

token=$(attach 8600010132441332 998901234567)
before=$(balance 8600010132441332)
order=shell-$RANDOM-$(date +%s)

# The network is slow, and we hang up before it has answered.
fetch "$sandbox/faults" '{"network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 1500, "times": 1}' >/dev/null
debit "$order-a" 0.3 2>/dev/null && fail 'the reply was to be lost'
paid=$(repeat "$order-a")
expect 'the balance' "$(balance 8600010132441332)" $((before - 100000))
echo "our own time-out: paid once, transaction $paid"

# The network carries the payment out, and its reply is lost: -32379, not a failure.
fetch "$sandbox/faults" '{"network": "UZCARD", "operation": "pay", "kind": "drop_after", "times": 1}' >/dev/null
unknown=$(debit "$order-b")
expect 'the code' "$(jq .error.code <<<"$unknown")" -32379
paid=$(repeat "$order-b")
expect 'the transaction' "$paid" "$(jq .error.data.transactionId <<<"$unknown")"
expect 'the balance' "$(balance 8600010132441332)" $((before - 200000))
echo "the outcome was unknown: paid once, transaction $paid"

# Another order under the same extId is refused.
other=$(fetch "$gateway" "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"transactions.debit\", \"params\": {\"token\": \"$token\",
    \"amount\": 100001, \"merchantId\": \"90001\", \"terminalId\": \"92400001\", \"extId\": \"$order-b\"}}")
expect 'the reason' "$(jq -r .error.data.reason <<<"$other")" ext_id_reused
echo 'another order with the same extId: refused'
