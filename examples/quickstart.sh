#!/usr/bin/env bash
# Walks a card of each network from attachment to reversal, and one transfer in each direction, against a running
# gateway, and stops at the first surprise.
#
#   cargo run --release &          # the gateway in its sandbox profile
#   examples/quickstart.sh         # or: GATEWAY=http://host:port SANDBOX=… USER_NAME=… SECRET=… examples/quickstart.sh
#
# Needs curl and jq. The code of every SMS is read from the sandbox, where the sandbox can be reached.
set -euo pipefail

gateway=${GATEWAY:-http://127.0.0.1:8080}
sandbox=${SANDBOX:-http://127.0.0.1:8090}
credentials=${USER_NAME:-demo}:${SECRET:-demo-secret}

for program in curl jq; do
    command -v "$program" >/dev/null || { echo "quickstart: $program is not installed" >&2; exit 1; }
done

# call METHOD PARAMS: prints the result; an error ends the script.
call() {
    local request reply
    request=$(jq -cn --arg method "$1" --argjson params "$2" '{jsonrpc: "2.0", id: 1, method: $method, params: $params}')
    reply=$(curl -sS --max-time 60 -u "$credentials" -H 'Content-Type: application/json' -H 'lang: en' \
        -H 'app-name: Quickstart-dev' -d "$request" "$gateway/")
    echo "→ $request" >&2
    echo "← $reply" >&2
    jq -ce 'if has("result") then .result else error("the call failed") end' <<<"$reply" ||
        { echo "quickstart: $1 failed: $reply" >&2; exit 1; }
}

# expect WHAT ACTUAL EXPECTED
expect() {
    [[ $2 == "$3" ]] || { echo "quickstart: $1 is $2, expected $3" >&2; exit 1; }
}

# code PHONE: the code in the newest message to that phone.
code() {
    curl -sS --max-time 10 "$sandbox/sandbox/messages?phone=$1" | jq -r '.[-1].text | match("[0-9]{6}").string'
}

balance() {
    curl -sS --max-time 10 "$sandbox/sandbox/cards" | jq --arg pan "$1" '.[] | select(.pan == $pan) | .balance'
}

# walk NETWORK PAN PHONE MERCHANT TERMINAL
walk() {
    local network=$1 pan=$2 phone=$3 merchant=$4 terminal=$5 id token debit hold before
    echo "== $network: attach the card and confirm it" >&2
    id=$(call cards.add "{\"pan\": \"$pan\", \"expiry\": \"1230\", \"phone\": \"+$phone\"}" | jq .transactionId)
    token=$(call cards.add-confirm "{\"transactionId\": $id, \"confirmedCode\": \"$(code "$phone")\"}" | jq -r .token)
    before=$(balance "$pan")

    echo "== $network: debit 5 000.00 UZS with a code" >&2
    local debit_params="\"token\": \"$token\", \"merchantId\": \"$merchant\", \"terminalId\": \"$terminal\""
    id=$(call transactions.debit "{$debit_params, \"amount\": 500000, \"force_sms_confirmation\": true}" | jq .transactionId)
    debit=$(call transactions.debit.confirm "{\"transactionId\": $id, \"confirmedCode\": \"$(code "$phone")\"}" | jq .transactionId)
    expect 'the confirmed transaction' "$debit" "$id"
    expect 'the balance after the debit' "$(balance "$pan")" "$((before - 500000))"

    echo "== $network: hold 7 000.00 UZS, charge it" >&2
    hold=$(call transactions.debit "{$debit_params, \"amount\": 700000, \"is_hold\": true}" | jq .transactionId)
    expect 'the status of the hold' "$(call transactions.get "{\"transactionId\": $hold}" | jq -r .status)" held
    call transactions.debit.hold.charge "{\"transactionId\": $hold}" >/dev/null
    expect 'the balance after the charge' "$(balance "$pan")" "$((before - 1200000))"

    echo "== $network: hold 1 000.00 UZS, cancel it" >&2
    id=$(call transactions.debit "{$debit_params, \"amount\": 100000, \"is_hold\": true}" | jq .transactionId)
    expect 'the cancelled hold' "$(call transactions.debit.hold.cancel "{\"transactionId\": $id}")" true

    echo "== $network: reverse the debit and the charged hold" >&2
    expect 'the reversal of the debit' "$(call transactions.debit.reverse "{\"transactionId\": $debit}")" true
    expect 'the reversal of the hold' "$(call transactions.debit.reverse "{\"transactionId\": $hold}")" true
    expect 'the status of the debit' "$(call transactions.get "{\"transactionId\": $debit}" | jq -r .status)" reversed
    expect 'the balance in the end' "$(balance "$pan")" "$before"
}

# transfer METHOD TOKEN PAN: sends 1 000.00 UZS and the fee of 5.00 UZS, and shows the result.
transfer() {
    echo "== $1" >&2
    call "p2p.$1" "{\"token\": \"$2\", \"pan\": \"$3\", \"expiry\": \"3012\", \"amount\": 100000}" | jq -e 'has("fee")' >/dev/null ||
        { echo "quickstart: p2p.$1 answered something else" >&2; exit 1; }
}

# attach PAN PHONE: prints the token.
attach() {
    local id
    id=$(call cards.add "{\"pan\": \"$1\", \"expiry\": \"1230\", \"phone\": \"$2\"}" | jq .transactionId)
    call cards.add-confirm "{\"transactionId\": $id, \"confirmedCode\": \"$(code "$2")\"}" | jq -r .token
}

# transfers: whose card, what it costs, and one transfer in each direction.
transfers() {
    local uzcard=8600490744313347 humo=9860100123456789 from_uzcard from_humo fee before
    from_uzcard=$(attach 8600010132441332 998901234567)
    from_humo=$(attach 9860190101578366 998977446066)
    call p2p.recipient-info "{\"pan\": \"$humo\"}" >/dev/null
    fee=$(call p2p.fee-info "{\"pan\": \"8600010132441332\", \"pan2\": \"$humo\", \"phone\": \"998901234567\", \"amount\": 100000}" | jq .fee)
    expect 'the fee' "$fee" 500
    before=$(balance "$uzcard")
    transfer uzcard2uzcard "$from_uzcard" "$uzcard"
    transfer humo2uzcard "$from_humo" "$uzcard"
    expect "the recipient's balance at UZCARD" "$(balance "$uzcard")" "$((before + 200000))"
    before=$(balance "$humo")
    transfer uzcard2humo "$from_uzcard" "$humo"
    transfer humo2humo "$from_humo" "$humo"
    expect "the recipient's balance at HUMO" "$(balance "$humo")" "$((before + 200000))"
}

walk UZCARD 8600010132441332 998901234567 90001 92400001
walk HUMO 9860190101578366 998977446066 0040100000401CS 1965000A
transfers
echo "quickstart: done; nothing surprising on either network" >&2
