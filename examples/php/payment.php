<?php

/**
 * A partner of AloqaGateway in eight steps: attach, debit, hold, transfer, history, repeat, webhook, balances.
 *
 *     php payment.php
 *
 * PHP and its curl extension are all it needs. It talks to a gateway in its sandbox profile; GATEWAY, SANDBOX, USER_NAME and
 * SECRET name another one. Exit code 1: a step went wrong. 2: the gateway cannot be reached.
 */

declare(strict_types=1);

define('GATEWAY', rtrim(getenv('GATEWAY') ?: 'http://127.0.0.1:8080', '/') . '/');
define('SANDBOX', rtrim(getenv('SANDBOX') ?: 'http://127.0.0.1:8090', '/') . '/sandbox/');
define('CREDENTIALS', (getenv('USER_NAME') ?: 'demo') . ':' . (getenv('SECRET') ?: 'demo-secret'));

// Two test cards, with the demo partner's terminal for each network. An amount is a whole number of tiyin: 100 are 1 UZS.
const UZCARD = ['pan' => '8600010132441332', 'phone' => '998901234567', 'merchantId' => '90001', 'terminalId' => '92400001'];
const HUMO = ['pan' => '9860190101578366', 'phone' => '998977446066', 'merchantId' => '0040100000401CS', 'terminalId' => '1965000A'];

// --- The client --------------------------------------------------------------------------------------------------------

/** The gateway's answer is an error. `data` tells more: `reason`, `field`, `transactionId`, … as far as they apply. */
final class Refused extends Exception
{
    public readonly array $data;

    public function __construct(array $error)
    {
        parent::__construct("{$error['code']} {$error['message']}", $error['code']);
        $this->data = $error['data'] ?? [];
    }
}

/** No whole reply came: the connection broke, time was over, or something between us and the gateway answered. */
final class NoReply extends Exception
{
}

/** Sends JSON, or asks without a body, and returns what came back, decoded. */
function request(string $url, mixed $body, int $timeoutMs, array $options = []): mixed
{
    $curl = curl_init($url);
    if ($body !== null) {
        $options[CURLOPT_POSTFIELDS] = json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
    }
    curl_setopt_array($curl, $options + [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT_MS => $timeoutMs]);
    $text = curl_exec($curl);
    if ($text === false) {
        throw new NoReply("cannot reach $url: " . curl_error($curl));
    }
    try {
        return $text === '' ? null : json_decode($text, true, flags: JSON_THROW_ON_ERROR);
    } catch (JsonException) {
        throw new NoReply("$url did not answer in JSON");
    }
}

/** One JSON-RPC 2.0 call. The gateway itself answers within 50 seconds, so a client should wait a little longer. */
function call(string $method, array $params, int $timeoutMs = 60_000): mixed
{
    // An object even where it is empty: PHP encodes an empty array as a list.
    $body = ['jsonrpc' => '2.0', 'id' => bin2hex(random_bytes(16)), 'method' => $method, 'params' => (object) $params];
    $reply = request(GATEWAY, $body, $timeoutMs, [
        CURLOPT_USERPWD => CREDENTIALS,
        CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'lang: en'],
    ]);
    // 401, 429 and 503 carry a JSON-RPC error as well.
    if (isset($reply['error'])) {
        throw new Refused($reply['error']);
    }
    return $reply['result'] ?? throw new NoReply('the reply is not one of JSON-RPC');
}

/** Not refusals: overloaded; still being worked on; its outcome is not known yet, said to a repeat and to the first call. */
const ASK_AGAIN = [-32343, -32364, -32365, -32379];

/**
 * Moves money exactly once, whatever gets lost.
 *
 * `$params` hold an `extId`: the order's number in your own books, stored there before the first try. A repeat with the
 * same `extId` and the same params never moves money again. It is answered with what became of the first.
 */
function pay(string $method, array $params): array
{
    for ($tries = 0; $tries < 120; $tries++) {
        try {
            return call($method, $params);
        } catch (Refused $refusal) {
            if (!in_array($refusal->getCode(), ASK_AGAIN, true)) {
                throw $refusal;
            }
        } catch (NoReply) {
        }
        usleep(500_000);
    }
    throw new Exception("{$params['extId']} is still open. It is neither paid nor refused: keep it, and ask again later.");
}

/**
 * Returns the event of a webhook, or throws. `$body` is the request as it came, not parsed before: `php://input`. The
 * headers are `$_SERVER['HTTP_WEBHOOK_ID']`, `HTTP_WEBHOOK_TIMESTAMP` and `HTTP_WEBHOOK_SIGNATURE`.
 *
 * PHP has the headers in `$_SERVER['HTTP_WEBHOOK_ID']`, `['HTTP_WEBHOOK_TIMESTAMP']` and `['HTTP_WEBHOOK_SIGNATURE']`, with
 * `?? ''` for one that is missing, and the body in `file_get_contents('php://input')`.
 * While a secret is being changed, the gateway signs with the old and the new one: `$secrets` are those you know.
 * Answer with 2xx first and work afterwards; an event may come twice, always with the same `webhook-id`.
 */
function verifyWebhook(array $secrets, string $id, string $sentAt, string $signatures, string $body, int $now): array
{
    if (!ctype_digit($sentAt)) {
        throw new UnexpectedValueException('the webhook has no timestamp that is a number');
    }
    if (abs($now - (int) $sentAt) > 300) {
        throw new UnexpectedValueException("the webhook's timestamp is more than five minutes off, so it may be a replay");
    }
    foreach ($secrets as $secret) {
        // The key is what the text after the prefix stands for, not the text itself.
        $key = base64_decode(substr($secret, strlen('whsec_')), true);
        $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$sentAt.$body", $key, true));
        foreach (explode(' ', $signatures) as $signature) {
            if (hash_equals($expected, $signature)) {
                return json_decode($body, true, flags: JSON_THROW_ON_ERROR);
            }
        }
    }
    throw new UnexpectedValueException('the webhook was not signed with our secret');
}

// --- What only the sandbox has -----------------------------------------------------------------------------------------

function sandbox(string $path, ?array $body = null): mixed
{
    return request(SANDBOX . $path, $body, 10_000, [CURLOPT_HTTPHEADER => ['Content-Type: application/json']]);
}

/** The code in the newest message to a phone. In earnest, the cardholder types it in. */
function codeSentTo(string $phone): string
{
    $messages = sandbox("messages?phone=$phone");
    preg_match('/\d{6}/', end($messages)['text'], $found);
    return $found[0];
}

function balance(array $card): int
{
    return array_column(sandbox('cards'), 'balance', 'pan')[$card['pan']];
}

// --- The eight steps ---------------------------------------------------------------------------------------------------

/** Attaches a card and returns its token, which is all that you store. The network sends the cardholder a code. */
function attach(array $card): string
{
    $begun = call('cards.add', ['pan' => $card['pan'], 'expiry' => '1230', 'phone' => "+{$card['phone']}"]);
    $attached = call('cards.add-confirm', [
        'transactionId' => $begun['transactionId'],
        'confirmedCode' => codeSentTo($card['phone']),
    ]);
    echo "1 attach: {$attached['vendor']} {$attached['pan']} of {$attached['fullName']}\n";
    return $attached['token'];
}

function newExtId(): string
{
    return 'php-' . bin2hex(random_bytes(16));
}

/** The params of a debit, with an extId of its own. */
function order(array $card, string $token, int $amount, array $more = []): array
{
    $terminal = ['merchantId' => $card['merchantId'], 'terminalId' => $card['terminalId']];
    return ['token' => $token, 'amount' => $amount, 'extId' => newExtId()] + $terminal + $more;
}

function expect(string $what, mixed $actual, mixed $expected): void
{
    if ($actual !== $expected) {
        throw new Exception("$what: " . json_encode($actual) . ', expected ' . json_encode($expected));
    }
}

function main(): void
{
    $before = ['uzcard' => balance(UZCARD), 'humo' => balance(HUMO)];
    $uzcard = attach(UZCARD);
    $humo = attach(HUMO);

    // 2. The cardholder confirms this debit with a code. Without `force_sms_confirmation` it is carried out at once, unless
    //    the gateway's policy asks for a code from some amount on: then the reply has `phone` instead of the network's ids.
    $begun = pay('transactions.debit', order(UZCARD, $uzcard, 500_000, ['force_sms_confirmation' => true]));
    $debit = call('transactions.debit.confirm', [
        'transactionId' => $begun['transactionId'],
        'confirmedCode' => codeSentTo(UZCARD['phone']),
    ]);
    echo "2 debit with a code: 500000 tiyin, transaction {$debit['transactionId']}\n";

    // 3. A hold blocks money for seven days. Charging a part of it frees the rest.
    $hold = pay('transactions.debit', order(HUMO, $humo, 700_000, ['is_hold' => true]));
    call('transactions.debit.hold.charge', ['transactionId' => $hold['transactionId'], 'amount' => 450_000]);
    $charged = call('transactions.get', ['transactionId' => $hold['transactionId']]);
    expect('the hold', [$charged['status'], $charged['capturedAmount']], ['succeeded', 450_000]);
    echo "3 hold and partial charge: 450000 of 700000 tiyin, transaction {$hold['transactionId']}\n";

    // 4. The sender pays the fee on top.
    $asked = ['pan' => UZCARD['pan'], 'pan2' => HUMO['pan'], 'phone' => UZCARD['phone'], 'amount' => 100_000];
    $fee = call('p2p.fee-info', $asked)['fee'];
    $recipient = ['token' => $uzcard, 'pan' => HUMO['pan'], 'expiry' => '3012', 'amount' => 100_000];
    $transfer = pay('p2p.uzcard2humo', $recipient + ['extId' => newExtId()]);
    expect('the fee', (int) $transfer['fee'], $fee);
    echo "4 transfer: 100000 tiyin from UZCARD to HUMO, fee $fee\n";

    // 5. What the networks know of the cards, by days of Tashkent. A day's list may be up to a minute old.
    $payment = call('transactions.get', ['transactionId' => $debit['transactionId']]);
    $day = gmdate('Y-m-d', intdiv($payment['createdAt'], 1000) + 5 * 3600);
    $history = call('cards.monitoring', ['tokens' => [$uzcard, $humo], 'from' => $day, 'to' => $day]);
    $isListed = in_array($debit['refNum'], array_column($history['transactions'], 'refNum'), true);
    echo '5 history: the debit is ', $isListed ? 'listed' : 'not listed yet', "\n";

    // 6. Our own time-out is over before the network has answered: the payment goes on without us. `pay` would have repeated
    //    by itself; the first try stands here alone so that the loss can be seen.
    sandbox('faults', ['network' => 'UZCARD', 'operation' => 'pay', 'kind' => 'delay', 'delayMs' => 1500, 'times' => 1]);
    $slow = order(UZCARD, $uzcard, 30_000);
    try {
        call('transactions.debit', $slow, 300);
        throw new Exception('the reply was to be lost');
    } catch (NoReply) {
        $paid = pay('transactions.debit', $slow);
    }
    echo "6 repeat after our own time-out: paid once, transaction {$paid['transactionId']}\n";

    // The network carries the payment out, and its reply is lost. -32379 is not a failure: the money may have moved. The
    // gateway goes on to find out; `transactions.get` tells how far it is, and a repeat tells the result.
    sandbox('faults', ['network' => 'UZCARD', 'operation' => 'pay', 'kind' => 'drop_after', 'times' => 1]);
    $lost = order(UZCARD, $uzcard, 40_000);
    try {
        call('transactions.debit', $lost);
        throw new Exception('the outcome was to be unknown');
    } catch (Refused $unknown) {
        expect('the code', $unknown->getCode(), -32379);
        $paid = pay('transactions.debit', $lost);
        expect('the transaction', $paid['transactionId'], $unknown->data['transactionId']);
    }
    echo "6 repeat after -32379: paid once, transaction {$paid['transactionId']}\n";

    checkWebhooks();
    echo "7 webhook: good signatures pass; an old one, a changed one and a foreign one are refused\n";

    // 8. Each movement happened once.
    $spent = 500_000 + 100_000 + $fee + 30_000 + 40_000;
    expect('the balance at UZCARD', balance(UZCARD), $before['uzcard'] - $spent);
    expect('the balance at HUMO', balance(HUMO), $before['humo'] - 450_000 + 100_000);
    echo "8 balances: as they must be\n";
}

/** The vector of Standard Webhooks, the gateway's own with an old and a new secret, and what must be refused. */
function checkWebhooks(): void
{
    $standard = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    $event = verifyWebhook(
        [$standard],
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        '1614265330',
        'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
        '{"test": 2432232314}',
        1614265330,
    );
    expect("the standard's event", $event, ['test' => 2432232314]);

    $old = 'whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDE=';
    $new = 'whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDI=';
    $signatures = 'v1,XgBkXNGEtY50mgn29hsy6tIc+CwFYYHTATgA7R4AiX0= v1,SeV9mWrkBP3PSLrteMIdEJhbAFBsFYTgaWtCSJkRVmo=';
    $body = '{"type":"transaction.settled","id":"evt_0001","createdAt":1767225600000,'
        . '"data":{"transactionId":2557767,"status":"succeeded"}}';
    foreach ([[$old], [$new], [$new, $old]] as $secrets) {
        $event = verifyWebhook($secrets, 'evt_0001', '1767225600', $signatures, $body, 1767225600 + 300);
        expect('the event', $event['id'], 'evt_0001');
    }
    $refused = [
        'an old webhook' => [$old, $body, 1767225600 + 301],
        'a changed webhook' => [$old, str_replace('2557767', '2557768', $body), 1767225600],
        'a foreign webhook' => [$standard, $body, 1767225600],
    ];
    foreach ($refused as $what => [$secret, $sent, $now]) {
        try {
            verifyWebhook([$secret], 'evt_0001', '1767225600', $signatures, $sent, $now);
        } catch (UnexpectedValueException) {
            continue;
        }
        throw new Exception("$what was accepted");
    }
}

try {
    main();
} catch (Refused $refusal) {
    fwrite(STDERR, "refused: {$refusal->getMessage()} " . json_encode($refusal->data) . "\n");
    exit(1);
} catch (NoReply $fault) {
    fwrite(STDERR, "{$fault->getMessage()}\n");
    exit(2);
} catch (Throwable $fault) {
    fwrite(STDERR, "{$fault->getMessage()}\n");
    exit(1);
}
