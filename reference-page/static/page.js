"use strict";
// Nothing here is needed for reading: theme, copy buttons, the search, where the reader is.
(() => {
  const root = document.documentElement;
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* not kept */ } },
  };
  const theme = store.get("theme");
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;

  document.addEventListener("DOMContentLoaded", () => {
    const $ = (id) => document.getElementById(id);
    const status = $("status");
    const say = (text) => { status.textContent = text; };

    for (const hidden of document.querySelectorAll(".copy[hidden], #theme, .search, .try")) hidden.hidden = false;

    $("theme").addEventListener("click", () => {
      const dark = getComputedStyle(root).colorScheme === "dark"
        || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
      root.dataset.theme = dark ? "light" : "dark";
      store.set("theme", root.dataset.theme);
    });

    // The languages of samples and replies are switched by the style sheet; they are only remembered here.
    for (const name of ["samples", "form"]) {
      const kept = store.get(name) && $(store.get(name));
      if (kept && kept.name === name) kept.checked = true;
      for (const radio of document.getElementsByName(name)) {
        radio.addEventListener("change", () => store.set(name, radio.id));
      }
    }
    // The other languages of the page keep the place.
    for (const link of document.querySelectorAll(".languages a")) {
      link.addEventListener("click", () => { link.hash = location.hash; });
    }

    document.addEventListener("click", async (event) => {
      const button = event.target.closest(".copy");
      if (!button) return;
      const pre = button.dataset.of ? $(button.dataset.of) : button.closest(".block").querySelector("pre");
      try {
        await navigator.clipboard.writeText(pre.textContent);
        say(status.dataset.copied);
        const word = button.textContent;
        if (word !== status.dataset.copied) {
          button.textContent = status.dataset.copied;
          setTimeout(() => { button.textContent = word; }, 1500);
        }
      } catch {
        // There is no clipboard on plain http beyond loopback.
        getSelection().selectAllChildren(pre);
        say(status.dataset.selected);
      }
    });

    const search = $("search");
    const rows = [...document.querySelectorAll(".error")];
    const find = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) count += 1;
      }
      const told = words.length ? status.dataset.found.replace("{n}", count) : "";
      $("found").textContent = told;
      say(told);
    };
    search.addEventListener("input", find);
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, select, textarea");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        search.focus();
      } else if (event.key === "Escape" && event.target === search) {
        search.value = "";
        find();
      }
    });
    // A link to an error that the search hides shows it again.
    addEventListener("hashchange", () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target && target.hidden) {
        search.value = "";
        find();
        target.scrollIntoView();
      }
    });

    const links = new Map([...document.querySelectorAll(".side a")].map((link) => [link.hash.slice(1), link]));
    const visible = new Set();
    let current = null;
    const watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) visible.add(entry.target.id);
        else visible.delete(entry.target.id);
      }
      // The last one: the end of a section that is nearly read does not count.
      const last = [...links.keys()].findLast((id) => visible.has(id));
      if (!last || last === current) return;
      if (current) links.get(current).removeAttribute("aria-current");
      current = last;
      const link = links.get(last);
      link.setAttribute("aria-current", "true");
      const side = link.closest(".side");
      if (side.scrollHeight > side.clientHeight) {
        const at = link.offsetTop - side.offsetTop;
        if (at < side.scrollTop || at > side.scrollTop + side.clientHeight - 80) side.scrollTop = at - side.clientHeight / 3;
      }
    }, { rootMargin: "-72px 0px -55% 0px" });
    for (const id of links.keys()) {
      const section = $(id);
      if (section) watcher.observe(section);
    }
    // On a phone the contents close after a choice.
    document.querySelector(".entries").addEventListener("click", (event) => {
      if (event.target.closest("a")) $("menu").checked = false;
    });
  });
})();
