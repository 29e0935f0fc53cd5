// The reference page in a real browser: a stranger's way from the page to a held and charged payment.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startGateway } from "./gateway.js";
import { contrastOfDrawing, findings, overflow, reader, startBrowser } from "./reader.js";

const run = promisify(execFile);
const NETWORKS = ["UZCARD", "HUMO"];
const SIZES = [[1440, 900], [390, 844], [320, 640]];
const THEMES = ["light", "dark"];
const SHOTS = process.env.ALOQA_SCREENSHOTS;

let gateway;
let browser;
before(async () => {
  gateway = await startGateway();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** What the networks carried out since `start`, in the words of the ledger. */
const carriedOut = async (start, network) => (await gateway.ledger()).slice(start)
  .filter((row) => row.network === network).map((row) => row.action);

async function openPage(options, path = "") {
  const one = await reader(browser, gateway.origin, options);
  await one.page.goto(gateway.docs + path);
  return one;
}

test("axe finds nothing, and nothing is wider than the page", async (t) => {
  for (const [width, height] of SIZES) {
    for (const theme of THEMES) {
      for (const lang of ["en", "ru", "uz"]) {
        // Each language is looked at once, each size in both themes.
        if (lang !== { 1440: "en", 390: "ru", 320: "uz" }[width]) continue;
        await t.test(`${lang} ${width} ${theme}`, async () => {
          const { page, quiet, close } = await openPage({ width, height, theme }, `?lang=${lang}`);
          await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
          assert.deepEqual(await findings(page), []);
          assert.ok(await contrastOfDrawing(page) >= 4.5);
          assert.equal(await overflow(page), 0);
          if (SHOTS) {
            await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = false; }));
            await page.screenshot({ path: `${SHOTS}/${lang}-${width}-${theme}.png` });
          }
          quiet();
          await close();
        });
      }
    }
  }
});

for (const network of NETWORKS) {
  test(`a stranger pastes the ${network} text into a shell`, async (t) => {
    const start = (await gateway.ledger()).length;
    const began = performance.now();
    const { page, quiet, close } = await openPage({});
    const text = await page.locator(`#start-${network.toLowerCase()} pre`).textContent();
    quiet();
    await close();
    const { stderr } = await run("bash", ["-c", `${text}\n[ -n "$TOKEN" ] && [ -n "$TRANSACTION_ID" ]`], { timeout: 60_000 });
    t.diagnostic(`${network}, from the page to a charged hold by a paste: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    assert.match(stderr, /"status":"succeeded"/);
    assert.deepEqual(await carriedOut(start, network), ["pay", "hold", "capture"]);
  });
}

/** Waits for the reply after the one that `previous` names. */
async function send(page) {
  const waiting = page.waitForResponse((reply) => reply.request().method() === "POST");
  await page.locator("#c-send").click();
  await waiting;
  await page.waitForFunction(() => document.getElementById("c-meta").textContent.startsWith("HTTP"));
  return JSON.parse(await page.locator("#c-reply").textContent());
}
const next = (page, name) => page.locator("#c-next button", { hasText: new RegExp(`^${name.replaceAll(".", "\\.")}$`) }).click();

async function payInConsole(page, network) {
  await page.locator(".try a").first().click();
  const card = await page.locator("#c-card option", { hasText: network }).first().getAttribute("value");
  await page.locator("#c-card").selectOption(card);
  assert.ok((await send(page)).result.transactionId);
  await next(page, "cards.add-confirm");
  assert.ok((await send(page)).result.token);

  await next(page, "transactions.debit");
  await page.locator("#c-p-force_sms_confirmation").selectOption("true");
  assert.ok((await send(page)).result.phone);
  await next(page, "transactions.debit.confirm");
  assert.ok((await send(page)).result.merchantId);

  await page.locator("#c-method").selectOption("transactions.debit");
  await page.locator("#c-p-is_hold").selectOption("true");
  const held = (await send(page)).result;
  assert.deepEqual(Object.keys(held), ["transactionId"]);
  await next(page, "transactions.debit.hold.charge");
  assert.equal((await send(page)).result.transactionId, held.transactionId);
  await next(page, "transactions.get");
  assert.equal((await send(page)).result.status, "succeeded");
}

for (const network of NETWORKS) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    for (const theme of THEMES) {
      test(`a stranger pays with ${network} in the console, ${width} ${theme}`, async (t) => {
        const start = (await gateway.ledger()).length;
        const began = performance.now();
        const { page, quiet, close } = await openPage({ width, height, theme });
        await payInConsole(page, network);
        t.diagnostic(`${network}, from the page to a charged hold in the console: ${((performance.now() - began) / 1000).toFixed(1)} s`);
        assert.deepEqual(await carriedOut(start, network), ["pay", "hold", "capture"]);
        assert.equal(await overflow(page), 0);
        assert.deepEqual(await findings(page, "#console"), []);
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/console-${network}-${width}-${theme}.png` });
        // The secret is nowhere but in the form.
        const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
        assert.ok(!stored.includes("demo-secret"), stored);
        quiet();
        await close();
      });
    }
  }
}

test("the console says which rule a param breaks, and sends nothing", async () => {
  const { page, quiet, close } = await openPage({});
  await page.locator("#c-method").selectOption("transactions.debit");
  await page.locator("#c-p-amount").fill("5.0");
  await page.locator("#c-p-extId").fill("with blank");
  const calls = [];
  page.on("request", (request) => calls.push(request.url()));
  await page.locator("#c-send").click();
  const faults = await page.locator("#c-fields .fault").allTextContents();
  assert.deepEqual(faults.filter(Boolean), ["is required", "must be a whole number", "must match ^[A-Za-z0-9._:-]{1,64}$"]);
  assert.deepEqual(calls, []);
  quiet();
  await close();
});

test("the members of an object are fields, and go into one object", async () => {
  const { page, quiet, close } = await openPage({});
  await page.locator("#c-method").selectOption("p2p.uzcard2humo");
  const request = async () => JSON.parse(await page.locator("#c-request").textContent()).params;
  assert.equal("sender" in await request(), false);
  await page.locator("[id='c-p-sender.firstName']").fill("Gulnora");
  await page.locator("[id='c-p-sender.pinfl']").fill("42902960000017");
  assert.deepEqual((await request()).sender, { firstName: "Gulnora", pinfl: "42902960000017" });
  await page.locator("[id='c-p-sender.pinfl']").fill("4290296000001");
  await page.locator("#c-send").click();
  const faults = await page.locator("#c-fields .fault").allTextContents();
  assert.ok(faults.some((fault) => fault.startsWith("must match ^[1-6]")), faults.join());
  quiet();
  await close();
});

test("a wrong secret is told at once", async () => {
  const { page, close } = await openPage({});
  await page.locator("#c-secret").fill("wrong");
  const reply = await send(page);
  assert.equal(reply.error.code, -32504);
  assert.match(await page.locator("#c-meta").textContent(), /^HTTP 401 /);
  await close();
});

test("the page is whole without a script", async () => {
  const { page, close } = await openPage({ script: false });
  assert.equal(await page.locator("#c-form").isVisible(), false);
  assert.equal(await page.locator("#c-off").isVisible(), true);
  const sample = (language) => page.locator(`[id="cards.add"] .s.${language}`);
  assert.deepEqual([await sample("sh").isVisible(), await sample("py").isVisible()], [true, false]);
  await page.locator("#l-py").check();
  assert.deepEqual([await sample("sh").isVisible(), await sample("py").isVisible()], [false, true]);
  const reply = (form) => page.locator(`[id="cards.add"] .e.${form}`).first();
  await page.locator("#f-doc").check();
  assert.deepEqual([await reply("v2").isVisible(), await reply("doc").isVisible()], [false, true]);
  await close();
});

test("errors are found by any word, and counted", async () => {
  const { page, quiet, close } = await openPage({});
  await page.keyboard.press("/");
  await page.keyboard.type("insufficient");
  const visible = await page.locator("tr.error:visible").evaluateAll((rows) => rows.map((row) => row.id));
  assert.deepEqual(visible, ["e-32309"]);
  assert.equal(await page.locator("#status").textContent(), "1 found");
  await page.keyboard.press("Escape");
  assert.ok((await page.locator("tr.error:visible").count()) > 100);
  quiet();
  await close();
});

test("the samples of a method run as they stand", async () => {
  const { page, close } = await openPage({});
  const paste = await page.locator("#start-uzcard pre").textContent();
  const { stdout } = await run("bash", ["-c", `${paste}\nprintf '%s %s' "$TOKEN" "$TRANSACTION_ID"`]);
  const [TOKEN, TRANSACTION_ID] = stdout.split(" ");
  const env = { ...process.env, TOKEN, TRANSACTION_ID };
  const sample = (method, language) => page.locator(`[id="${method}"] .s.${language} pre`).first().textContent();
  for (const [language, program] of [["sh", ["bash", "-c"]], ["py", ["python3", "-c"]], ["js", ["node", "--input-type=module", "-e"]]]) {
    const [name, ...flags] = program;
    const reversed = await run(name, [...flags, await sample("transactions.debit.reverse", language)], { env });
    // The hold of the paste is reversed once; then it has been.
    assert.match(reversed.stdout, language === "sh" ? /"result":true/ : /-32313/);
    const debited = await run(name, [...flags, await sample("transactions.debit", language)], { env });
    assert.match(debited.stdout, /refNum/);
  }
  await close();
});

test("the samples check a webhook's signature", async () => {
  const { page, close } = await openPage({});
  const sample = async (language) => page.locator(`#webhooks .s.${language} pre`).textContent();
  const key = randomBytes(24);
  const SECRET = `whsec_${key.toString("base64")}`;
  const [ID, TIMESTAMP, body] = ["evt_1", String(Math.floor(Date.now() / 1000)), '{"type":"webhook.test"}'];
  const right = `v1,${createHmac("sha256", key).update(`${ID}.${TIMESTAMP}.${body}`).digest("base64")}`;
  const directory = await mkdtemp(join(tmpdir(), "aloqa-webhook-"));
  await writeFile(join(directory, "body.json"), body);
  const headers = (signature) => JSON.stringify({ "webhook-id": ID, "webhook-timestamp": TIMESTAMP, "webhook-signature": signature });
  const program = {
    sh: async () => ["bash", "-c", await sample("sh")],
    py: async (signature) => ["python3", "-c",
      `${await sample("py")}\nprint("good" if verify("${SECRET}", ${headers(signature)}, b'${body}') else "bad")`],
    js: async (signature) => ["node", "--input-type=module", "-e",
      `${await sample("js")}\nconsole.log(verify("${SECRET}", ${headers(signature)}, Buffer.from('${body}')) ? "good" : "bad")`],
  };
  for (const language of ["sh", "py", "js"]) {
    for (const [signature, expected] of [[right, "good"], [`v1,AAAA ${right}`, "good"], ["v1,AAAA", "bad"]]) {
      const [name, ...flags] = await program[language](signature);
      const env = { ...process.env, ID, TIMESTAMP, SECRET, SIGNATURE: signature };
      const { stdout } = await run(name, flags, { cwd: directory, env }).catch((error) => error);
      assert.equal(stdout.trim(), expected, `${language} ${signature}`);
    }
  }
  await rm(directory, { recursive: true });
  await close();
});

test("it prints without navigation, and with every sample", async () => {
  const { page, close } = await openPage({});
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("nav.side").isVisible(), false);
  assert.equal(await page.locator('[id="cards.add"] .s.php').isVisible(), true);
  await close();
});
