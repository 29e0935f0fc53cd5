// A reader of the page in a real browser, who notices what the console says and what is asked of other hosts.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PROGRAM = process.env.CHROMIUM
  ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export async function startBrowser() {
  assert.ok(PROGRAM, "no Chromium: apt-get install chromium, or set CHROMIUM");
  return chromium.launch({
    executablePath: PROGRAM,
    // Root has no sandbox, and a container little shared memory.
    args: process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [],
  });
}

export async function reader(browser, origin, { width = 1440, height = 900, theme = "light", script = true, locale = "en" } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
    javaScriptEnabled: script,
    locale,
  });
  const page = await context.newPage();
  const noticed = [];
  page.on("console", (message) => {
    // A test types faster than a page takes the focus by itself.
    if (!message.text().startsWith("Autofocus processing was blocked")) noticed.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => noticed.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) noticed.push(`request: ${url}`);
  });
  return {
    page,
    /** Nothing is in the console, and no other host was asked. */
    quiet: () => assert.deepEqual(noticed, []),
    close: () => context.close(),
  };
}

/**
 * What axe finds, and what it cannot decide: in the whole page, or within what a selector names. The drawing is left out,
 * as axe cannot look behind the text of an SVG; see `contrastOfDrawing`. In a narrow window it cannot see text that is
 * scrolled out of a table or a sample either; the colours are those of the wide one, where nothing is left undecided.
 */
export async function findings(page, within = "html") {
  await page.evaluate(AXE);
  const { violations, incomplete } = await page.evaluate((root) => globalThis.axe.run({ include: [root], exclude: [".drawing svg"] }, {
    rules: { "target-size": { enabled: true } },
    resultTypes: ["violations", "incomplete"],
    preload: false,
  }), within);
  const narrow = page.viewportSize().width < 800;
  const scrolledOut = (node) => narrow && node.any.some((check) => check.data?.messageKey === "elmPartiallyObscured");
  const undecided = incomplete
    .map((one) => ({ ...one, nodes: one.nodes.filter((node) => !scrolledOut(node)) }))
    .filter((one) => one.nodes.length > 0);
  return [...violations, ...undecided].map(({ id, nodes }) => ({
    id,
    count: nodes.length,
    nodes: nodes.slice(0, 4).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? node.failureSummary ?? ""}`),
  }));
}

/** The least contrast of text to its ground in the drawing, by the formula of WCAG. */
export const contrastOfDrawing = (page) => page.evaluate(() => {
  const luminance = (colour) => {
    const [red, green, blue] = colour.match(/[0-9.]+/g).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const of = (selector, property) => getComputedStyle(document.querySelector(selector))[property];
  return Math.min(
    contrast(of(".drawing .status", "fill"), of(".drawing .box", "fill")),
    contrast(of(".drawing .label", "fill"), of(".drawing", "backgroundColor")),
  );
});

/** How far the page is wider than its window, in CSS pixels. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
