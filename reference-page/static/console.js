"use strict";
// The console of the sandbox. The secret is in the form alone, and is cleared when the page is left.
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("c-data").textContent);
  const { words } = data;
  const ABORT_MS = 60000;
  const CHIPS = ["token", "transactionId", "cardId", "extId", "operationId"];
  const TOKEN_PARAMS = new Set(["token", "tokens"]);

  const carried = (() => {
    try { return JSON.parse(sessionStorage.getItem("carried")) || {}; } catch { return {}; }
  })();
  const keep = () => { try { sessionStorage.setItem("carried", JSON.stringify(carried)); } catch { /* not kept */ } };

  const method = () => data.methods.find((one) => one.name === $("c-method").value);
  const card = () => data.cards[Number($("c-card").value)];
  const terminal = () => data.terminals.find((one) => one.network === card().network);
  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  // What a param is filled with before the reader edits it.
  const prefill = (field) => {
    const name = method().name;
    switch (field.name) {
      case "token": return carried.token || "";
      case "tokens": return carried.token || "";
      case "cardId": return carried.cardId || "";
      case "transactionId": return carried.transactionId || "";
      case "id": return carried.operationId || "";
      case "extId":
        if (name === "transactions.get") return carried.transactionId ? "" : carried.extId || "";
        return field.required || /debit$|2(humo|uzcard)$/.test(name) ? `try-${Date.now().toString(36)}` : "";
      case "pan": return name.startsWith("p2p.") && name !== "p2p.fee-info" ? field.example : card().pan;
      case "phone": case "phoneNumber": return card().phone;
      case "processingType": return card().network;
      case "merchantId": return terminal().merchant;
      case "terminalId": return terminal().terminal;
      case "otpCode": case "confirmedCode": return data.code;
      case "from": return new Date(Date.now() - 6 * 864e5).toISOString().slice(0, 10);
      case "to": return new Date(Date.now() + 864e5).toISOString().slice(0, 10);
      default: return field.required ? field.example ?? "" : "";
    }
  };

  const control = (field) => {
    const id = `c-p-${field.name}`;
    const kind = field.kind.split(" ")[0];
    const choices = kind === "boolean" ? ["true", "false"] : field.schema.enum;
    let input;
    if (choices) {
      input = element("select", { id });
      if (!field.required) input.append(element("option", { value: "", textContent: words.notSet }));
      for (const choice of choices) input.append(element("option", { value: choice, textContent: choice }));
    } else {
      input = element("input", { id, autocomplete: "off", spellcheck: false });
      if (kind === "integer") input.inputMode = "numeric";
    }
    input.value = prefill(field);
    input.dataset.param = field.name;
    const fault = element("p", { id: `${id}-fault`, className: "fault" });
    input.setAttribute("aria-describedby", fault.id);
    const label = element("label", { htmlFor: id }, field.name,
      element("span", { textContent: `${field.kind}${field.rule ? `, ${field.rule}` : ""}${field.required ? ` · ${words.must}` : ""}` }));
    return element("div", { className: "field" }, label, input, fault);
  };

  // The text of a field as the value that is sent; `fault` says which rule it breaks. An empty optional one is left out.
  const read = (field) => {
    const text = $(`c-p-${field.name}`).value.trim();
    const { schema } = field;
    const kind = field.kind.split(" ")[0];
    if (text === "") return field.required ? { fault: words.required } : {};
    const range = () => ({ fault: words.range.replace("{rule}", field.rule) });
    if (kind === "boolean") return { value: text === "true" };
    if (kind === "integer") {
      if (!/^-?[0-9]{1,18}$/.test(text)) return { fault: words.integer };
      const value = Number(text);
      if (!Number.isSafeInteger(value)) return { fault: words.integer };
      if ("minimum" in schema && value < schema.minimum) return range();
      if ("maximum" in schema && value > schema.maximum) return range();
      return { value };
    }
    if (kind.endsWith("[]")) {
      const value = text.split(/[\s,]+/);
      if ("maxItems" in schema && value.length > schema.maxItems) return range();
      return { value };
    }
    const length = [...text].length;
    if (schema.pattern && !new RegExp(schema.pattern).test(text)) {
      return { fault: words.pattern.replace("{rule}", schema.pattern) };
    }
    if ("minLength" in schema && length < schema.minLength) return range();
    if ("maxLength" in schema && length > schema.maxLength) return range();
    return { value: text };
  };

  let number = 0;
  const envelope = (show) => {
    const params = {};
    let good = true;
    for (const field of method().fields) {
      const { value, fault } = read(field);
      if (fault) good = false;
      if (show) {
        const input = $(`c-p-${field.name}`);
        $(`c-p-${field.name}-fault`).textContent = fault || "";
        if (fault) input.setAttribute("aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
      }
      if (value === undefined) continue;
      const path = field.name.split(".");
      const last = path.pop();
      const into = path.reduce((object, name) => (object[name] ??= {}), params);
      into[last] = value;
    }
    return { good, call: { jsonrpc: "2.0", id: number + 1, method: method().name, params } };
  };
  const preview = (show) => {
    const { good, call } = envelope(show);
    $("c-request").textContent = JSON.stringify(call, null, 2);
    return { good, call };
  };

  const drawChips = () => {
    const known = CHIPS.filter((name) => carried[name] !== undefined);
    $("c-empty").hidden = known.length > 0;
    $("c-forget").hidden = known.length === 0;
    $("c-chips").replaceChildren(...known.map((name) => {
      const input = element("input", { value: carried[name], autocomplete: "off", spellcheck: false });
      input.addEventListener("input", () => {
        carried[name] = input.value;
        keep();
        fill();
      });
      return element("label", {}, name, input);
    }));
  };

  // Puts what is carried along into the fields that take it.
  const fill = () => {
    for (const field of method().fields) {
      if (TOKEN_PARAMS.has(field.name) || ["transactionId", "cardId", "id"].includes(field.name)) {
        $(`c-p-${field.name}`).value = prefill(field);
      }
    }
    preview(false);
  };

  const drawFields = () => {
    $("c-fields").replaceChildren(...method().fields.map(control));
    preview(false);
  };

  const choose = (name) => {
    $("c-method").value = name;
    drawFields();
  };

  const carry = (call, result) => {
    if (result === null || typeof result !== "object") return;
    if (typeof result.token === "string") carried.token = result.token;
    if (typeof result.cardId === "string") carried.cardId = carried.token = result.cardId;
    if (Number.isInteger(result.transactionId)) carried.transactionId = result.transactionId;
    if (typeof call.params.extId === "string") carried.extId = call.params.extId;
    const operation = Array.isArray(result.transactions) && result.transactions[0];
    if (operation && typeof operation._id === "string") carried.operationId = operation._id;
    keep();
    drawChips();
  };

  // What usually comes next; a reply tells more exactly than the method alone.
  const following = (call, result) => {
    const { next } = method();
    if (call.method === "transactions.debit" && result && result.phone) return ["transactions.debit.confirm"];
    if (call.method.startsWith("p2p.") && result && result.phone) return ["p2p.confirm"];
    return (next || []).filter((name) => data.methods.some((one) => one.name === name));
  };
  const drawNext = (names) => {
    $("c-next").replaceChildren(...(names.length ? [`${words.next}: `] : []), ...names.map((name) => {
      const button = element("button", { type: "button", textContent: name });
      button.addEventListener("click", () => {
        choose(name);
        $("c-method").focus();
      });
      return button;
    }));
  };

  const say = (text) => { $("status").textContent = text; };

  const send = async () => {
    const { good, call } = preview(true);
    if (!good) {
      $("c-meta").textContent = "";
      $("c-reply").textContent = words.fix;
      const wrong = document.querySelector("#c-fields [aria-invalid]");
      if (wrong) wrong.focus();
      return;
    }
    const button = $("c-send");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    number += 1;
    $("c-meta").textContent = "";
    $("c-reply").textContent = words.sending;
    drawNext([]);
    const login = new TextEncoder().encode(`${$("c-user").value}:${$("c-secret").value}`);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), ABORT_MS);
    const began = performance.now();
    try {
      const reply = await fetch("/", {
        method: "POST",
        credentials: "omit",
        headers: {
          "Content-Type": "application/json",
          "Authorization": `Basic ${btoa(String.fromCharCode(...login))}`,
          "lang": $("c-lang").value,
        },
        body: JSON.stringify(call),
        signal: abort.signal,
      });
      const text = await reply.text();
      const took = Math.round(performance.now() - began);
      $("c-meta").textContent = `HTTP ${reply.status} · ${took} ms · x-request-id ${reply.headers.get("x-request-id")}`;
      let told = text;
      try {
        const parsed = JSON.parse(text);
        told = JSON.stringify(parsed, null, 2);
        carry(call, parsed.result);
        drawNext(parsed.error ? [] : following(call, parsed.result));
      } catch { /* shown as it is */ }
      $("c-reply").textContent = told;
      say(`${words.reply}: HTTP ${reply.status}, ${took} ms`);
    } catch (error) {
      $("c-reply").textContent = words.noReply.replace("{why}", error.message);
      say($("c-reply").textContent);
    } finally {
      clearTimeout(timer);
      button.removeAttribute("aria-disabled");
    }
  };

  const credentials = () => {
    $("c-user").value = data.user;
    $("c-secret").value = data.secret;
  };
  addEventListener("pagehide", () => { $("c-secret").value = ""; });
  addEventListener("pageshow", credentials);

  $("c-form").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  $("c-fields").addEventListener("input", () => preview(true));
  $("c-method").addEventListener("change", drawFields);
  $("c-card").addEventListener("change", drawFields);
  $("c-forget").addEventListener("click", () => {
    for (const name of CHIPS) delete carried[name];
    keep();
    drawChips();
    fill();
    $("c-method").focus();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-try]");
    if (link) choose(link.dataset.try);
  });

  credentials();
  choose("cards.add");
  drawChips();
  $("c-off").hidden = true;
  $("c-form").hidden = false;
})();
