/**
 * A partner of AloqaGateway in eight steps: attach, debit, hold, transfer, history, repeat, webhook, balances.
 *
 *     npm ci && npm start
 *
 * Node alone runs it; TypeScript only compiles it. It talks to a gateway in its sandbox profile; GATEWAY, SANDBOX,
 * USER_NAME and SECRET name another one. Exit code 1: a step went wrong. 2: the gateway cannot be reached.
 */

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

const setting = (name: string, byDefault: string): string => process.env[name] || byDefault;
const GATEWAY = setting("GATEWAY", "http://127.0.0.1:8080").replace(/\/$/, "") + "/";
const SANDBOX = setting("SANDBOX", "http://127.0.0.1:8090").replace(/\/$/, "") + "/sandbox/";
const CREDENTIALS = Buffer.from(`${setting("USER_NAME", "demo")}:${setting("SECRET", "demo-secret")}`).toString("base64");

// Two test cards, with the demo partner's terminal for each network. An amount is a whole number of tiyin: 100 are 1 UZS.
const UZCARD = { pan: "8600010132441332", phone: "998901234567", merchantId: "90001", terminalId: "92400001" };
const HUMO = { pan: "9860190101578366", phone: "998977446066", merchantId: "0040100000401CS", terminalId: "1965000A" };
type Card = typeof UZCARD;

// --- The client --------------------------------------------------------------------------------------------------------

type Params = Record<string, unknown>;
type Order = Params & { extId: string };

/** The results used here, as far as they are used. The whole types can be generated from `GET /openrpc.json`. */
type Begun = { transactionId: number };
type Paid = { transactionId: number; refNum: string };
type Transaction = { status: string; amount: number; capturedAmount: number | null; createdAt: number };

/** The gateway's answer is an error. `data` tells more: `reason`, `field`, `transactionId`, … as far as they apply. */
class Refused extends Error {
    readonly code: number;
    readonly data: Params;

    constructor(error: { code: number; message: string; data?: Params }) {
        super(`${error.code} ${error.message}`);
        this.code = error.code;
        this.data = error.data ?? {};
    }
}

/** No whole reply came: the connection broke, time was over, or something between us and the gateway answered. */
class NoReply extends Error {}

/** One JSON-RPC 2.0 call. The gateway itself answers within 50 seconds, so a client should wait a little longer. */
async function call<Result>(method: string, params: Params, timeout = 60_000): Promise<Result> {
    let reply;
    try {
        const response = await fetch(GATEWAY, {
            method: "POST",
            headers: { "Content-Type": "application/json", Authorization: `Basic ${CREDENTIALS}`, lang: "en" },
            body: JSON.stringify({ jsonrpc: "2.0", id: randomUUID(), method, params }),
            signal: AbortSignal.timeout(timeout),
        });
        // 401, 429 and 503 carry a JSON-RPC error as well.
        reply = await response.json();
    } catch (fault) {
        throw new NoReply(`cannot reach ${GATEWAY}`, { cause: fault });
    }
    if (reply.error) throw new Refused(reply.error);
    return reply.result;
}

/** Not refusals: overloaded; still being worked on; its outcome is not known yet, said to a repeat and to the first call. */
const ASK_AGAIN = new Set([-32343, -32364, -32365, -32379]);

/**
 * Moves money exactly once, whatever gets lost.
 *
 * `params` hold an `extId`: the order's number in your own books, stored there before the first try. A repeat with the same
 * `extId` and the same params never moves money again. It is answered with what became of the first.
 */
async function pay<Result>(method: string, params: Order): Promise<Result> {
    for (let tries = 0; tries < 120; tries++) {
        try {
            return await call<Result>(method, params);
        } catch (fault) {
            const isOpen = fault instanceof NoReply || (fault instanceof Refused && ASK_AGAIN.has(fault.code));
            if (!isOpen) throw fault;
        }
        await new Promise((resume) => setTimeout(resume, 500));
    }
    throw new Error(`${params.extId} is still open. It is neither paid nor refused: keep it, and ask again later.`);
}

type WebhookHeaders = { "webhook-id": string; "webhook-timestamp": string; "webhook-signature": string };

/**
 * Returns the event of a webhook, or throws. `body` is the request's bytes as they came, not parsed before.
 *
 * While a secret is being changed, the gateway signs with the old and the new one: `secrets` are those you know.
 * Answer with 2xx first and work afterwards; an event may come twice, always with the same `webhook-id`.
 */
function verifyWebhook(secrets: string[], headers: WebhookHeaders, body: Buffer, now: number): { id: string } {
    const sentAt = headers["webhook-timestamp"];
    if (!/^\d+$/.test(sentAt) || Math.abs(now - Number(sentAt)) > 300) {
        throw new Error("the webhook's timestamp is more than five minutes off, so it may be a replay");
    }
    for (const secret of secrets) {
        // The key is what the text after the prefix stands for, not the text itself.
        const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
        const digest = createHmac("sha256", key).update(`${headers["webhook-id"]}.${sentAt}.`).update(body).digest("base64");
        const expected = Buffer.from(`v1,${digest}`);
        for (const signature of headers["webhook-signature"].split(" ").map((text) => Buffer.from(text))) {
            // `timingSafeEqual` throws on unequal lengths.
            if (signature.length === expected.length && timingSafeEqual(signature, expected)) {
                return JSON.parse(body.toString());
            }
        }
    }
    throw new Error("the webhook was not signed with our secret");
}

// --- What only the sandbox has -----------------------------------------------------------------------------------------

async function sandbox(path: string, body?: Params): Promise<any> {
    try {
        const request = body && { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
        const text = await (await fetch(SANDBOX + path, { ...request, signal: AbortSignal.timeout(10_000) })).text();
        return text && JSON.parse(text);
    } catch (fault) {
        throw new NoReply(`cannot reach ${SANDBOX}`, { cause: fault });
    }
}

/** The code in the newest message to a phone. In earnest, the cardholder types it in. */
async function codeSentTo(phone: string): Promise<string> {
    const messages: { text: string }[] = await sandbox(`messages?phone=${phone}`);
    return messages.at(-1)?.text.match(/\d{6}/)?.[0] ?? "";
}

async function balance(card: Card): Promise<number> {
    const cards: { pan: string; balance: number }[] = await sandbox("cards");
    return cards.find((one) => one.pan === card.pan)?.balance ?? NaN;
}

// --- The eight steps ---------------------------------------------------------------------------------------------------

/** Attaches a card and returns its token, which is all that you store. The network sends the cardholder a code. */
async function attach(card: Card): Promise<string> {
    const begun: Begun = await call("cards.add", { pan: card.pan, expiry: "1230", phone: `+${card.phone}` });
    const confirmedCode = await codeSentTo(card.phone);
    const attached: { token: string; vendor: string; pan: string; fullName: string } = await call("cards.add-confirm", {
        transactionId: begun.transactionId,
        confirmedCode,
    });
    console.log(`1 attach: ${attached.vendor} ${attached.pan} of ${attached.fullName}`);
    return attached.token;
}

const newExtId = (): string => `typescript-${randomUUID()}`;

/** The params of a debit, with an extId of its own. */
function order(card: Card, token: string, amount: number, more: Params = {}): Order {
    return { token, amount, merchantId: card.merchantId, terminalId: card.terminalId, extId: newExtId(), ...more };
}

function expect(what: string, actual: unknown, expected: unknown): void {
    if (actual !== expected) throw new Error(`${what}: ${actual}, expected ${expected}`);
}

async function main(): Promise<void> {
    const before = { uzcard: await balance(UZCARD), humo: await balance(HUMO) };
    const uzcard = await attach(UZCARD);
    const humo = await attach(HUMO);

    // 2. The cardholder confirms this debit with a code. Without `force_sms_confirmation` it is carried out at once, unless
    //    the gateway's policy asks for a code from some amount on: then the reply has `phone` instead of the network's ids.
    const begun: Begun = await pay("transactions.debit", order(UZCARD, uzcard, 500_000, { force_sms_confirmation: true }));
    const debit: Paid = await call("transactions.debit.confirm", {
        transactionId: begun.transactionId,
        confirmedCode: await codeSentTo(UZCARD.phone),
    });
    console.log(`2 debit with a code: 500000 tiyin, transaction ${debit.transactionId}`);

    // 3. A hold blocks money for seven days. Charging a part of it frees the rest.
    const hold: Begun = await pay("transactions.debit", order(HUMO, humo, 700_000, { is_hold: true }));
    await call("transactions.debit.hold.charge", { transactionId: hold.transactionId, amount: 450_000 });
    const charged: Transaction = await call("transactions.get", { transactionId: hold.transactionId });
    expect("the status of the hold", charged.status, "succeeded");
    expect("what was charged", charged.capturedAmount, 450_000);
    console.log(`3 hold and partial charge: 450000 of 700000 tiyin, transaction ${hold.transactionId}`);

    // 4. The sender pays the fee on top.
    const asked = { pan: UZCARD.pan, pan2: HUMO.pan, phone: UZCARD.phone, amount: 100_000 };
    const { fee }: { fee: number } = await call("p2p.fee-info", asked);
    const recipient = { token: uzcard, pan: HUMO.pan, expiry: "3012", amount: 100_000 };
    const transfer: { fee: string } = await pay("p2p.uzcard2humo", { ...recipient, extId: newExtId() });
    expect("the fee", Number(transfer.fee), fee);
    console.log(`4 transfer: 100000 tiyin from UZCARD to HUMO, fee ${fee}`);

    // 5. What the networks know of the cards, by days of Tashkent. A day's list may be up to a minute old.
    const payment: Transaction = await call("transactions.get", { transactionId: debit.transactionId });
    const day = new Date(payment.createdAt).toLocaleDateString("sv-SE", { timeZone: "Asia/Tashkent" });
    const history: { transactions: { refNum: string }[] } = await call("cards.monitoring", {
        tokens: [uzcard, humo],
        from: day,
        to: day,
    });
    const isListed = history.transactions.some((operation) => operation.refNum === debit.refNum);
    console.log(`5 history: the debit is ${isListed ? "listed" : "not listed yet"}`);

    // 6. Our own time-out is over before the network has answered: the payment goes on without us. `pay` would have repeated
    //    by itself; the first try stands here alone so that the loss can be seen.
    await sandbox("faults", { network: "UZCARD", operation: "pay", kind: "delay", delayMs: 1500, times: 1 });
    const slow = order(UZCARD, uzcard, 30_000);
    const noReply = await call("transactions.debit", slow, 300).catch((fault) => fault);
    expect("the first try has no reply", noReply instanceof NoReply, true);
    const paid: Paid = await pay("transactions.debit", slow);
    console.log(`6 repeat after our own time-out: paid once, transaction ${paid.transactionId}`);

    // The network carries the payment out, and its reply is lost. -32379 is not a failure: the money may have moved. The
    // gateway goes on to find out; `transactions.get` tells how far it is, and a repeat tells the result.
    await sandbox("faults", { network: "UZCARD", operation: "pay", kind: "drop_after", times: 1 });
    const lost = order(UZCARD, uzcard, 40_000);
    const unknown = await call("transactions.debit", lost).then(() => undefined, (fault) => fault as Refused);
    expect("the code", unknown?.code, -32379);
    const found: Paid = await pay("transactions.debit", lost);
    expect("the transaction", found.transactionId, unknown?.data.transactionId);
    console.log(`6 repeat after -32379: paid once, transaction ${found.transactionId}`);

    checkWebhooks();
    console.log("7 webhook: good signatures pass; an old one, a changed one and a foreign one are refused");

    // 8. Each movement happened once.
    const spent = 500_000 + 100_000 + fee + 30_000 + 40_000;
    expect("the balance at UZCARD", await balance(UZCARD), before.uzcard - spent);
    expect("the balance at HUMO", await balance(HUMO), before.humo - 450_000 + 100_000);
    console.log("8 balances: as they must be");
}

/** The vector of Standard Webhooks, the gateway's own with an old and a new secret, and what must be refused. */
function checkWebhooks(): void {
    const standard = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const standardHeaders = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    verifyWebhook([standard], standardHeaders, Buffer.from('{"test": 2432232314}'), 1614265330);

    const old = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDE=";
    const renewed = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDI=";
    const headers = {
        "webhook-id": "evt_0001",
        "webhook-timestamp": "1767225600",
        "webhook-signature":
            "v1,XgBkXNGEtY50mgn29hsy6tIc+CwFYYHTATgA7R4AiX0= v1,SeV9mWrkBP3PSLrteMIdEJhbAFBsFYTgaWtCSJkRVmo=",
    };
    const text =
        '{"type":"transaction.settled","id":"evt_0001","createdAt":1767225600000,' +
        '"data":{"transactionId":2557767,"status":"succeeded"}}';
    const body = Buffer.from(text);
    for (const secrets of [[old], [renewed], [renewed, old]]) {
        expect("the event", verifyWebhook(secrets, headers, body, 1767225600 + 300).id, "evt_0001");
    }
    const changed = Buffer.from(text.replace("2557767", "2557768"));
    const refused: [string, string, Buffer, number][] = [
        ["an old webhook", old, body, 1767225600 + 301],
        ["a changed webhook", old, changed, 1767225600],
        ["a foreign webhook", standard, body, 1767225600],
    ];
    for (const [what, secret, sent, now] of refused) {
        let isAccepted = true;
        try {
            verifyWebhook([secret], headers, sent, now);
        } catch {
            isAccepted = false;
        }
        expect(`${what} was accepted`, isAccepted, false);
    }
}

try {
    await main();
} catch (fault) {
    if (fault instanceof NoReply) {
        console.error(`${fault.message}: ${fault.cause}`);
    } else {
        console.error(fault instanceof Refused ? `refused: ${fault.message} ${JSON.stringify(fault.data)}` : fault);
    }
    process.exitCode = fault instanceof NoReply ? 2 : 1;
}
