// The console works without this. It refreshes what says so, while somebody can see it and does nothing in it, and lets
// ids be copied.
"use strict";

const REFRESH_MS = 10_000;

async function refresh() {
  const stale = document.querySelector("[data-refresh]");
  if (!stale || document.hidden || stale.contains(document.activeElement) || stale.querySelector("details[open]")) return;
  try {
    // The header says that no person asks: the sign-in ends all the same when nobody does.
    const reply = await fetch(location.pathname, { headers: { "x-console-refresh": "1" }, cache: "no-store" });
    if (reply.status === 401) { location.reload(); return; }
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const fresh = page.querySelector("[data-refresh]");
    if (fresh) stale.replaceChildren(...fresh.childNodes);
  } catch {
    // The gateway is away for a moment; the page says as of when it is.
  }
}
setInterval(refresh, REFRESH_MS);

if (navigator.clipboard) {
  for (const code of document.querySelectorAll("code.copy")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copier";
    button.textContent = "copy";
    button.setAttribute("aria-label", `copy ${code.textContent}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1_500);
    });
    code.after(button);
  }
}
