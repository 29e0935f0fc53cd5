#!/usr/bin/env bash
# Verifies a webhook, by Standard Webhooks. Without arguments it checks itself against known signatures.
#
#   examples/shell/webhook.sh
#   examples/shell/webhook.sh SECRET WEBHOOK-ID WEBHOOK-TIMESTAMP WEBHOOK-SIGNATURE <body      # the bytes as they came
#
# Needs openssl. Exit code 1: not the gateway's, changed, or more than five minutes off; 2: wrong arguments.
set -euo pipefail

verify() { # SECRET ID TIMESTAMP SIGNATURES NOW <body
    local key expected age
    # Not more digits than bash can count with.
    [[ $3 =~ ^[0-9]{1,18}$ ]] || { echo 'the timestamp is no number' >&2; return 1; }
    # Without 10#, bash would read leading zeros as octal.
    age=$(($5 - 10#$3))
    ((age <= 300 && age >= -300)) || { echo 'more than five minutes off' >&2; return 1; }
    # The key is what the text after the prefix stands for, not the text itself.
    key=$(base64 -d <<<"${1#whsec_}" | od -An -v -tx1 | tr -d ' \n')
    expected=v1,$({ printf '%s.%s.' "$2" "$3"; cat; } | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
    # While a secret is being changed, there are two signatures, with a blank between them.
    [[ " $4 " == *" $expected "* ]] || { echo 'not signed with this secret' >&2; return 1; }
}

if (($# == 4)); then
    verify "$@" "$(date +%s)" && echo 'a webhook of the gateway'
    exit
fi
if (($# != 0)); then
    echo "usage: ${0##*/} [SECRET WEBHOOK-ID WEBHOOK-TIMESTAMP WEBHOOK-SIGNATURE <body]" >&2
    exit 2
fi

standard=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
printf '{"test": 2432232314}' | verify "$standard" msg_p5jXN8AQM9LWM0D4loKWxJek 1614265330 \
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' 1614265330

old=whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDE= new=whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDI=
body='{"type":"transaction.settled","id":"evt_0001","createdAt":1767225600000,"data":{"transactionId":2557767,"status":"succeeded"}}'
try() { # SECRET BODY NOW
    printf '%s' "$2" | verify "$1" evt_0001 1767225600 \
        'v1,XgBkXNGEtY50mgn29hsy6tIc+CwFYYHTATgA7R4AiX0= v1,SeV9mWrkBP3PSLrteMIdEJhbAFBsFYTgaWtCSJkRVmo=' "$3"
}
try "$old" "$body" 1767225900
try "$new" "$body" 1767225900
! try "$old" "$body" 1767225901 2>/dev/null || { echo 'webhook.sh: an old webhook was accepted' >&2; exit 1; }
! try "$old" "${body/2557767/2557768}" 1767225600 2>/dev/null || { echo 'webhook.sh: a changed webhook was accepted' >&2; exit 1; }
! try "$standard" "$body" 1767225600 2>/dev/null || { echo 'webhook.sh: a foreign webhook was accepted' >&2; exit 1; }
echo 'good signatures pass; an old webhook, a changed one and a foreign one are refused'
