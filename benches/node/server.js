'use strict';
// The peer of `benches/yardsticks.py`: `transactions.debit` on PostgreSQL, as lean as Node can do it honestly. The credentials are
// checked, the card is read, the intent is committed, the network is called, the outcome is committed, and the partner is answered.
// The tables are the gateway's, which has attached a card; three statements, as in benches/pgbench/three.sql.
//
// It takes PostgreSQL from PGHOST, PGUSER and PGDATABASE, and the simulated networks from NETWORKS. It prints its address, the
// value of Authorization that it takes, and a card, and ends with SIGTERM.
const crypto = require('node:crypto');
const http = require('node:http');
const { Pool } = require('pg');

const PARTNER = 'node-peer';
const SECRET = 'peer-secret';
// A row of a partner is taken as read for so long, as in the gateway.
const PARTNER_KEPT_MS = 1000;
const LEASE_MS = 20_000;
const NETWORK_TIMEOUT_MS = 15_000;

const CARD = `
    SELECT c.* FROM card c
    WHERE c.partner_id = $1 AND c.id = $2 AND c.removed_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM partner_terminal t WHERE t.partner_id = $1)`;
const INTENT = `
    WITH t AS (
        INSERT INTO transaction (partner_id, kind, status, version, network, card_id, amount, fee, merchant_id, terminal_id,
                code_tries, created_at, updated_at)
            VALUES ($1, 'debit', 'processing', 1, 'UZCARD', $2, $3, 0, $4, $5, 0, $6, $6)
            RETURNING id
    ), e AS (
        INSERT INTO transaction_event (transaction_id, seq, to_status, cause, at) SELECT id, 1, 'processing', 'ordered', $6 FROM t
    )
    INSERT INTO processing_request (transaction_id, network, action, reference, amount, pan_hash, state, attempts, lease_until,
            next_check_at, sent_at)
        SELECT id, 'UZCARD', 'pay', $7, $3, $8, 'sent', 0, $9, $9, $6 FROM t
        RETURNING id, transaction_id`;
const OUTCOME = `
    WITH l AS (
        SELECT r.id AS request_id, t.id FROM processing_request r JOIN transaction t ON t.id = r.transaction_id
            WHERE r.id = $1 AND r.state IN ('sent', 'unknown') AND t.status = 'processing' AND t.version = 1
            FOR UPDATE
    ), r AS (
        UPDATE processing_request SET state = $2, receipt = $3, settled_at = $4, settled_by = 'reply', lease_until = NULL
            FROM l WHERE processing_request.id = l.request_id
    ), t AS (
        UPDATE transaction SET status = $5, version = 2, receipt = $3, updated_at = $4 FROM l WHERE transaction.id = l.id
    )
    INSERT INTO transaction_event (transaction_id, seq, from_status, to_status, cause, at)
        SELECT id, 2, 'processing', $5, 'pay of request ' || $1, $4 FROM l`;

const pool = new Pool({ max: 16 });
const key = crypto.randomBytes(32);
const networks = new URL(`http://${process.env.NETWORKS}/uzcard`);
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
const networkHeaders = {
  Authorization: `Basic ${Buffer.from('aloqa:sandbox').toString('base64')}`,
  'Content-Type': 'application/json; charset=utf-8',
};

/** An error that the partner is told. */
class Refused extends Error {
  constructor(code, message, data) {
    super(message);
    Object.assign(this, { code, data });
  }
}

const mac = (secret) => crypto.createHmac('sha256', key).update(secret).digest();

let kept = { at: -Infinity };
async function partnerNamed(name) {
  if (kept.name !== name || Date.now() - kept.at > PARTNER_KEPT_MS) {
    const { rows } = await pool.query({ name: 'partner', text: 'SELECT * FROM partner WHERE name = $1', values: [name] });
    kept = { name, at: Date.now(), partner: rows[0] };
  }
  return kept.partner;
}

/** The partner whose credentials these are. */
async function authenticated(header = '') {
  const [name, secret] = Buffer.from(header.replace(/^Basic /, ''), 'base64').toString().split(/:(.*)/s);
  const partner = await partnerNamed(name);
  const given = mac(secret ?? '');
  return partner && !partner.disabled_at && crypto.timingSafeEqual(given, partner.secret_mac) ? partner : undefined;
}

/** The network's answer to a call that is made once. */
function called(method, params) {
  const id = crypto.randomUUID();
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
  return new Promise((resolve, reject) => {
    const headers = { ...networkHeaders, 'Content-Length': Buffer.byteLength(body) };
    const request = http.request(networks, { method: 'POST', agent, headers, timeout: NETWORK_TIMEOUT_MS }, async (response) => {
      try {
        const answer = JSON.parse(await whole(response));
        if (answer.id !== id) throw new Error('an answer to another call');
        resolve(answer);
      } catch (error) {
        reject(error);
      }
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.end(body);
  });
}

async function debit(partner, { token, amount, merchantId, terminalId }) {
  if (![token, merchantId, terminalId].every((text) => typeof text === 'string') || !Number.isSafeInteger(amount) || amount < 1) {
    throw new Refused(-32401, 'Invalid input');
  }
  const { rows: [card] } = await pool.query({ name: 'card', text: CARD, values: [partner.id, token] });
  if (!card) throw new Refused(-32301, 'Card not found');
  const reference = crypto.randomBytes(16).toString('hex');
  const now = Date.now();
  const { rows: [intent] } = await pool.query({
    name: 'intent',
    text: INTENT,
    values: [partner.id, card.id, amount, merchantId, terminalId, now, reference, card.pan_hash, now + LEASE_MS],
  });
  const transactionId = Number(intent.transaction_id);
  let answer;
  try {
    const tran = { purpose: 'payment', cardId: card.network_token, amount, commission: 0, currency: '860', ext: reference };
    answer = await called('trans.pay.purpose', { tran: { ...tran, merchantId, terminalId } });
  } catch {
    throw new Refused(-32379, 'The outcome is not known', { transactionId });
  }
  const paid = answer.result;
  const approved = paid?.status === 'OK' && paid.ext === reference && paid.amount === amount;
  // Whatever else it says may have moved the money.
  if (!approved && !answer.error) throw new Refused(-32379, 'The outcome is not known', { transactionId });
  const receipt = approved ? JSON.stringify({ reference, ref_num: paid.refNum }) : null;
  const states = approved ? ['approved', 'succeeded'] : ['declined', 'declined'];
  await pool.query({ name: 'outcome', text: OUTCOME, values: [intent.id, states[0], receipt, Date.now(), states[1]] });
  if (!approved) throw new Refused(-32331, 'Declined');
  return { ext: reference, refNum: paid.refNum, merchantId, terminalId, transactionId };
}

async function whole(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function reply(request) {
  const partner = await authenticated(request.headers.authorization);
  if (!partner) return [401, { jsonrpc: '2.0', id: null, error: { code: -32504, message: 'Wrong credentials' } }];
  let id = null;
  try {
    const call = JSON.parse(await whole(request));
    id = call.id ?? null;
    if (call.method !== 'transactions.debit') throw new Refused(-32601, 'Method not found');
    return [200, { jsonrpc: '2.0', id, result: await debit(partner, call.params ?? {}) }];
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof SyntaxError)) console.error(error);
    const { code = -32603, message, data } = error instanceof Refused ? error : { message: 'Internal error' };
    return [200, { jsonrpc: '2.0', id, error: { code, message, data } }];
  }
}

const server = http.createServer(async (request, response) => {
  const [status, body] = await reply(request);
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
});

async function start() {
  const partner = crypto.randomUUID();
  const card = crypto.randomUUID();
  await pool.query('INSERT INTO partner (id, name, secret_mac, permissions, created_at) VALUES ($1, $2, $3, $4, $5)',
    [partner, PARTNER, mac(SECRET), '*', Date.now()]);
  await pool.query(`
    INSERT INTO card (id, partner_id, network, pan_hash, pan_key_id, pan_sealed, expiry, network_token, phone, created_at)
        SELECT $1, $2, network, pan_hash, pan_key_id, pan_sealed, expiry, network_token, phone, created_at
        FROM card WHERE network = 'UZCARD' LIMIT 1`, [card, partner]);
  server.listen(0, '127.0.0.1', () => {
    const credentials = Buffer.from(`${PARTNER}:${SECRET}`).toString('base64');
    console.log(`http://127.0.0.1:${server.address().port}\nauthorization Basic ${credentials}\ncard ${card}`);
  });
}

process.on('SIGTERM', () => process.exit(0));
start();
