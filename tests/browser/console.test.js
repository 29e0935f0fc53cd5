// The operators' console in a real browser: a lost hold is found in the queue and settled, by the keyboard alone, too.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startGateway } from "./gateway.js";
import { findings, overflow, reader, startBrowser } from "./reader.js";

const SIZES = [[1280, 800], [390, 844]];
const THEMES = ["light", "dark"];
const SHOTS = process.env.ALOQA_SCREENSHOTS;
const PASSWORD = "correct horse battery";
// A call is given up soon, and can no longer arrive a second later.
const QUICK = {
  ALOQA__UZCARD__TIMEOUT_MS: "300", ALOQA__UZCARD__MAX_PROCESSING_S: "1",
  ALOQA__HUMO__TIMEOUT_MS: "300", ALOQA__HUMO__MAX_PROCESSING_S: "1",
  ALOQA__RECOVERY__LEASE_MARGIN_MS: "500", ALOQA__RECOVERY__CLOCK_SKEW_MS: "0", ALOQA__RECOVERY__PERIOD_MS: "100",
};
// The sandbox's cards whose request is lost, and an ordinary one.
const LOST = { pan: "8600010000000408", phone: "998900010408" };
const GOOD = { pan: "8600010132441332", phone: "998901234567" };

let gateway;
let browser;
before(async () => {
  gateway = await startGateway(QUICK);
  browser = await startBrowser();
  for (const [name, role] of [["anna", "look"], ["boris", "settle"], ["vera", "administer"]]) {
    await gateway.command(["operator", "add", name, "--role", role, "--password-stdin"], `${PASSWORD}\n`);
  }
});
after(async () => {
  await browser?.close();
  await gateway?.stop();
});

async function attach({ pan, phone }) {
  const { result, error } = await gateway.call("cards.add", { pan, expiry: "1230", phone });
  assert.ok(result, JSON.stringify(error));
  const added = await gateway.call("cards.add-confirm", { transactionId: result.transactionId, confirmedCode: "111111" });
  return added.result.token;
}

/** A hold that nobody knows the fate of, and its number. */
async function loseHold(token, extId) {
  const hold = { token, amount: 500_000, merchantId: "90001", terminalId: "92400001", is_hold: true, extId };
  const { error } = await gateway.call("transactions.debit", hold);
  const id = error.data.transactionId;
  for (let tries = 0; tries < 300; tries += 1) {
    const { result } = await gateway.call("transactions.get", { transactionId: id });
    if (result?.status === "manual") return id;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`transaction ${id} is not given up`);
}

async function visitor(options = {}) {
  const one = await reader(browser, gateway.operations, options);
  return { ...one, open: (path = "") => one.page.goto(`${gateway.operations}/console${path}`) };
}

async function signIn({ page, open }, name) {
  await open("/sign-in");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

/** Everything that is wrong with how a page looks to a tool. */
async function look({ page, quiet }, name, [width, height], theme) {
  assert.deepEqual(await findings(page), [], `${name} ${width} ${theme}`);
  assert.equal(await overflow(page), 0, `${name} ${width} ${theme}`);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/console-${name}-${width}-${theme}.png`, fullPage: true });
  quiet();
}

let lost;
test("a lost hold is found in the queue and settled", async (t) => {
  const token = await attach(GOOD);
  for (let count = 0; count < 12; count += 1) {
    await gateway.call("transactions.debit", { token, amount: 100_000 + count, merchantId: "90001", terminalId: "92400001", extId: `order-${count}` });
  }
  // Nobody is there to hear how it ends.
  await gateway.command(["partner", "webhook", "set", "demo", "http://127.0.0.1:1/hook"]);
  const lostToken = await attach(LOST);
  lost = await loseHold(lostToken, "lost-1");
  // What was found is kept, whatever it is.
  await gateway.command(["compare", "--day", new Date(Date.now() + 5 * 3_600_000).toISOString().slice(0, 10)]).catch(() => {});

  const one = await visitor({ width: 1280, height: 800 });
  await signIn(one, "boris");
  const { page, quiet, close } = one;
  const began = performance.now();
  await page.getByRole("link", { name: "Manual" }).click();
  await page.getByRole("link", { name: String(lost) }).first().click();
  await page.getByRole("heading", { name: `Transaction ${lost}` }).waitFor();
  assert.match(await page.locator(".lead").textContent(), /manual.*5.000\.00 sum.*hold.*UZCARD.*demo/);
  await page.getByLabel("It was not carried out").check();
  await page.getByLabel("How do you know?").fill("support of UZCARD, ticket 77");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("heading", { name: "Are you sure?" }).waitFor();
  assert.match(await page.locator("main").textContent(), /UZCARD is asked first/);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/console-sure-1280-light.png`, fullPage: true });
  await page.getByRole("button", { name: `Settle transaction ${lost}` }).click();
  await page.getByRole("status").waitFor();
  assert.match(await page.getByRole("status").textContent(), new RegExp(`transaction ${lost} is declined`));
  assert.match(await page.locator(".timeline").textContent(), /boris said: request \d+: failed: support of UZCARD, ticket 77/);
  t.diagnostic(`from the overview to a settled hold: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  quiet();
  await close();
  const { result } = await gateway.call("transactions.get", { transactionId: lost });
  assert.equal(result.status, "declined");
});

test("the same by the keyboard alone", async () => {
  const token = await attach(LOST);
  const id = await loseHold(token, "lost-2");
  const one = await visitor();
  const { page, open, close } = one;
  await open("/transactions/1");
  // The name has the focus, once the page is there; each key goes where a reader of the page would.
  await page.locator("#name:focus").waitFor();
  await page.keyboard.type("boris");
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Transaction 1" }).waitFor();
  await open("/search");
  await page.locator("#q:focus").waitFor();
  await page.keyboard.type("lost-2");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `Transaction ${id}` }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  const reach = async (what) => {
    for (let tries = 0; tries < 40; tries += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((selector) => document.activeElement.matches(selector), what)) return;
    }
    throw new Error(`${what} is out of reach`);
  };
  await reach("input[type=radio]");
  await page.keyboard.press("Space");
  await reach("textarea");
  await page.keyboard.type("ticket 78");
  await reach("form.stack button");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Are you sure?" }).waitFor();
  await reach("form.stack button");
  await page.keyboard.press("Enter");
  await page.getByRole("status").waitFor();
  assert.match(await page.getByRole("status").textContent(), /is declined/);
  await close();
});

for (const size of SIZES) {
  for (const theme of THEMES) {
    test(`axe finds nothing, and nothing is wider than the page, ${size[0]} ${theme}`, async () => {
      const [width, height] = size;
      const one = await visitor({ width, height, theme });
      await one.open("/sign-in");
      await look(one, "sign-in", size, theme);
      await one.open("/password");
      await look(one, "password", size, theme);
      await signIn(one, "vera");
      await look(one, "overview", size, theme);
      await one.open("/comparisons");
      await one.page.getByRole("region", { name: "Comparisons, newest first" }).waitFor();
      for (const path of ["search", "queue", "comparisons", "partners", "audit", "operators", `transactions/${lost}`]) {
        await one.open(`/${path}`);
        await look(one, path.replace(/\/.*/, ""), size, theme);
      }
      await one.open("/search");
      await one.page.getByRole("button", { name: "Search" }).click();
      await one.page.getByRole("heading", { name: /\d+ transactions/ }).waitFor();
      await look(one, "found", size, theme);
      await one.close();
    });
  }
}

test("an open transaction looks right, too", async () => {
  const token = await attach(LOST);
  const id = await loseHold(token, "lost-3");
  for (const size of SIZES) {
    for (const theme of THEMES) {
      const one = await visitor({ width: size[0], height: size[1], theme });
      await signIn(one, "boris");
      await one.open("/queue");
      await look(one, "queue-open", size, theme);
      await one.open(`/transactions/${id}`);
      await look(one, "open", size, theme);
      await one.close();
    }
  }
});

test("an event is sent again by who administers", async () => {
  const one = await visitor();
  await signIn(one, "vera");
  await one.open(`/transactions/${lost}`);
  await one.page.getByText("Send again …").first().click();
  await look(one, "send-again", [1280, 800], "light");
  await one.page.getByRole("button", { name: "Send it again" }).first().click();
  await one.page.getByRole("status").waitFor();
  assert.match(await one.page.getByRole("status").textContent(), /^evt_[0-9a-f]{32} is sent again/);
  await one.close();
});

test("who may only look finds no form, and may not post one", async () => {
  const one = await visitor();
  await signIn(one, "anna");
  await one.open(`/transactions/${lost}`);
  assert.equal(await one.page.locator("main form").count(), 0);
  assert.equal(await one.page.getByRole("link", { name: "Operators" }).count(), 0);
  const token = await one.page.locator("input[name=token]").first().inputValue();
  const status = await one.page.evaluate(async ([path, body]) => {
    const reply = await fetch(path, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body });
    return reply.status;
  }, [`/console/transactions/${lost}/resolve`, `token=${token}&verdict=failed&reason=x&version=1`]);
  assert.equal(status, 403);
  await one.close();
});

test("a link from a chat finds the reader signed in", async () => {
  const one = await visitor();
  await signIn(one, "anna");
  // A page of another site, with a link.
  await one.page.route("https://chat.example/", (route) => route.fulfill({
    contentType: "text/html", body: `<a href="${gateway.operations}/console/queue">look</a>`,
  }));
  await one.page.goto("https://chat.example/");
  await one.page.getByRole("link", { name: "look" }).click();
  await one.page.getByRole("heading", { name: "Queue" }).waitFor();
  await one.close();
});

test("it works without a script, and refreshes by itself with one", async () => {
  const one = await visitor({ script: false });
  await signIn(one, "anna");
  await one.open("/search");
  await one.page.getByLabel("Transaction id").fill("order-3");
  await one.page.getByRole("button", { name: "Search" }).click();
  await one.page.getByText("order-3").first().waitFor();
  await one.page.getByRole("button", { name: "Sign out" }).click();
  await one.page.getByRole("heading", { name: "Sign in" }).waitFor();
  await one.open("");
  assert.equal(await one.page.getByRole("heading", { name: "Overview" }).count(), 0);
  await one.close();

  const other = await visitor();
  await other.page.clock.install();
  await signIn(other, "anna");
  const asked = other.page.waitForRequest((request) => request.headers()["x-console-refresh"] === "1");
  await other.page.clock.runFor(11_000);
  await asked;
  other.quiet();
  await other.close();
});

test("five wrong passwords lock the account, with the same words", async () => {
  const { page, open, close } = await visitor();
  let said = "";
  for (let tries = 0; tries < 6; tries += 1) {
    await open("/sign-in");
    await page.getByLabel("Name").fill("anna");
    await page.getByLabel("Password", { exact: true }).fill(tries < 5 ? "wrong" : PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    const alert = await page.getByRole("alert").textContent();
    assert.ok(!said || said === alert);
    said = alert;
  }
  await close();
});
