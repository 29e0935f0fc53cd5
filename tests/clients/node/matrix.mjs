// Clients of the npm registry against a running gateway. Prints a row a client and envelope: see ../run.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import { Client, HTTPTransport, RequestManager } from "@open-rpc/client-js";
import { FetchRequest, JsonRpcProvider, Network } from "ethers";
import jayson from "jayson";
import { JSONRPCClient } from "json-rpc-2.0";
import { createClient, http } from "viem";

const GATEWAY = process.env.GATEWAY + "/";
const headersWith = (name, secret) => ({
    authorization: "Basic " + Buffer.from(`${name}:${secret}`).toString("base64"),
    lang: "en",
});
const RIGHT = headersWith(process.env.USER_NAME, process.env.SECRET);
const WRONG = headersWith(process.env.STRANGER, "wrong");

// Each client: `connect(headers, envelope)` returns `call(method, params)` and, where it has batches, `batch(calls)`, which tells
// each outcome as `{result, error}` or `{value, reason}`. `read` finds code, message and data in what a call has thrown.
const clients = [
    {
        package: "jayson",
        envelopes: ["2.0", "documented"],
        connect(headers, envelope) {
            const { hostname, port } = new URL(GATEWAY);
            // Version 1 is JSON-RPC 1.0: no member `jsonrpc`, so the documented envelope.
            const client = jayson.client.http({
                hostname,
                port,
                headers,
                version: envelope === "2.0" ? 2 : 1,
            });
            const settle = (resolve, reject) => (fault, error, result) => {
                if (fault) reject(fault);
                else if (error) reject(error);
                else resolve(result);
            };
            return {
                call: (method, params) =>
                    new Promise((resolve, reject) => client.request(method, params, settle(resolve, reject))),
                // JSON-RPC 1.0 has no batches.
                batch:
                    envelope === "2.0" &&
                    ((calls) =>
                        new Promise((resolve, reject) =>
                            client.request(
                                calls.map(([method, params]) => client.request(method, params, undefined, false)),
                                (fault, replies) => (fault ? reject(fault) : resolve(replies)),
                            ),
                        )),
            };
        },
        read: (error) => error,
    },
    {
        package: "ethers",
        envelopes: ["2.0"],
        connect(headers) {
            const request = new FetchRequest(GATEWAY);
            for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
            const network = new Network("none", 1);
            // Calls of one moment go out as one batch.
            const provider = new JsonRpcProvider(request, network, { staticNetwork: network, batchStallTime: 1 });
            return {
                call: (method, params) => provider.send(method, params),
                batch: (calls) => Promise.allSettled(calls.map(([method, params]) => provider.send(method, params))),
            };
        },
        read: (error) => error.error ?? { code: error.response?.statusCode },
    },
    {
        package: "viem",
        envelopes: ["2.0"],
        connect(headers) {
            // Without `retryCount: 0` it repeats by itself.
            const transport = http(GATEWAY, { fetchOptions: { headers }, retryCount: 0 });
            const batching = http(GATEWAY, { fetchOptions: { headers }, retryCount: 0, batch: { wait: 1 } });
            const [client, batch] = [transport, batching].map((one) => createClient({ transport: one }));
            return {
                call: (method, params) => client.request({ method, params }),
                batch: (calls) => Promise.allSettled(calls.map(([method, params]) => batch.request({ method, params }))),
            };
        },
        read(error) {
            for (let cause = error; cause; cause = cause.cause) {
                if (cause.code !== undefined && cause.code !== -1 && cause.name === "RpcRequestError") return cause;
                if (cause.status) return { code: cause.status };
            }
            return error;
        },
    },
    {
        package: "json-rpc-2.0",
        envelopes: ["2.0"],
        connect(headers) {
            // The usual way to wire it to fetch, as its own documents show it.
            const client = new JSONRPCClient(async (request) => {
                const response = await fetch(GATEWAY, {
                    method: "POST",
                    headers: { "content-type": "application/json", ...headers },
                    body: JSON.stringify(request),
                });
                if (response.status !== 200) throw new Error(response.statusText);
                client.receive(await response.json());
            });
            return {
                call: (method, params) => client.request(method, params),
                batch: (calls) =>
                    client.requestAdvanced(calls.map(([method, params], id) => ({ jsonrpc: "2.0", id, method, params }))),
            };
        },
        read: (error) => error,
    },
    {
        package: "@open-rpc/client-js",
        envelopes: ["2.0"],
        connect(headers) {
            const transport = new HTTPTransport(GATEWAY, { headers });
            const client = new Client(new RequestManager([transport]));
            return {
                call: (method, params) => client.request({ method, params }),
                batch(calls) {
                    client.startBatch();
                    const replies = calls.map(([method, params]) => client.request({ method, params }));
                    client.stopBatch();
                    return Promise.allSettled(replies);
                },
            };
        },
        read: (error) => error,
    },
];

const FEE = { pan: "8600010132441332", pan2: "9860190101578366", phone: "998901234567", amount: 100_000 };

async function thrown(promise) {
    try {
        return { result: await promise };
    } catch (error) {
        return { error };
    }
}

// What is missing of an error that has all of code, message and data.
function lost(found) {
    const missing = [];
    if (found?.code !== -32300) missing.push("code");
    if (!String(found?.message).includes("Required parameters")) missing.push("message");
    if (found?.data?.field !== "amount") missing.push("data");
    return missing.length ? `loses ${missing.join(", ")}` : "ok";
}

const cells = {
    async named({ call }) {
        return (await call("p2p.fee-info", FEE)).fee === 500 ? "ok" : "wrong";
    },
    async none({ call }) {
        return (await call("rpc.discover", undefined)).openrpc ? "ok" : "wrong";
    },
    async error({ call }, client) {
        const { amount, ...incomplete } = FEE;
        const { error } = await thrown(call("p2p.fee-info", incomplete));
        return error ? lost(client.read(error)) : "a failure is read as success";
    },
    async unauthorised(_, client, envelope) {
        const { call } = client.connect(WRONG, envelope);
        const { error } = await thrown(call("p2p.fee-info", FEE));
        if (!error) return "a failure is read as success";
        const code = client.read(error)?.code;
        return code === -32504 ? "ok" : code === 401 ? "status only" : "text only";
    },
    async batch({ batch }) {
        if (!batch) return "none";
        const { amount, ...incomplete } = FEE;
        const [first, second] = await batch([
            ["p2p.fee-info", FEE],
            ["p2p.fee-info", incomplete],
        ]);
        const fee = (first.result ?? first.value)?.fee;
        return fee === 500 && (second.error ?? second.reason) ? "ok" : "wrong";
    },
    async repeat({ call }) {
        const order = {
            token: process.env.TOKEN,
            amount: 1_000,
            merchantId: "90001",
            terminalId: "92400001",
            extId: `node-${randomUUID()}`,
        };
        const first = await call("transactions.debit", order);
        const second = await call("transactions.debit", order);
        return first.transactionId === second.transactionId ? "ok" : "paid twice";
    },
};

for (const client of clients) {
    const { version } = JSON.parse(readFileSync(`node_modules/${client.package}/package.json`, "utf8"));
    for (const envelope of client.envelopes) {
        const found = [];
        for (const cell of Object.values(cells)) {
            const { result, error } = await thrown(cell(client.connect(RIGHT, envelope), client, envelope));
            if (error && process.env.VERBOSE) console.error(client.package, error);
            found.push(error ? "fails" : result);
        }
        console.log(`| Node | ${client.package} | ${version} | ${envelope} | ${found.join(" | ")} |`);
    }
}
process.exit();
