// Handrail in the browser: delegated listeners only, so that content which is swapped in just works.
// Everything essential is a plain form or link; this file adds keys, clocks, live updates and care.
(() => {
  "use strict";

  const ARMING_MS = 700; // nothing is decided this soon after something new is shown
  const POLL_MS = 10_000; // how often to ask when the live stream is down
  const YEAR = 31_536_000;

  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `${name}=${value};path=/;max-age=${YEAR};samesite=lax${secure}`;
  };

  root.classList.add("script");

  // ---- What a morph must leave alone: folds people opened, the selected row, an open question ----

  const KEPT = [["details", "open"], ["[data-row]", "aria-current"], [".bar", "data-mode"], ["input:not([type=hidden])", "value"]];
  htmx.registerExtension("keep", {
    htmx_before_morph_attr: (node, { attrName }) =>
      !KEPT.some(([selector, name]) => name === attrName && node.matches(selector)),
  });

  // ---- The selected handoff: the pane says which, the list only shows it ----

  const pane = () => one("#detail");
  const shownId = () => one("#detail [data-handoff]")?.dataset.handoff;
  const rows = () => all("[data-row]");
  const currentRow = () => rows().find((row) => row.dataset.row === shownId());

  function markRow() {
    const id = shownId();
    for (const row of rows()) {
      if (row.dataset.row === id) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  function move(step) {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(currentRow());
    const next = list[Math.min(list.length - 1, Math.max(0, at + step))];
    next.focus();
    if (next.dataset.row !== shownId()) next.click();
  }

  // The handoff that comes after this one, so that the server knows where to go on.
  function nextId() {
    const list = rows();
    const at = list.indexOf(currentRow());
    return (list[at + 1] ?? list[at - 1])?.dataset.row ?? "";
  }

  // ---- Arming: a decision counts only for something that has been on the screen for a moment ----

  let armed = { shown: null, at: 0 };

  function rearm() {
    const shown = one("[data-decide] [name=shown]")?.value ?? null;
    if (shown === armed.shown) return;
    armed = { shown, at: performance.now() };
  }

  const tooSoon = () => performance.now() - armed.at < ARMING_MS;

  // ---- The bar: one note, and a mode while a reason or a question is being written ----

  const bar = () => one("form[data-decide]");
  const noteOf = (form) => one("[data-note]", form);
  const button = (form, verb) => form && one(`[name=verb][value=${verb}]`, form);

  const MODES = {
    deny: { verb: "deny", hint: "Say what is wrong; the agent reads it" },
    ask: { verb: "request_changes", hint: "What should the agent clear up?" },
    approve: { verb: "approve", hint: "What did you check?" },
    wrong: { verb: "wrong", hint: "What should have happened?" },
    unsure: { verb: "unsure", hint: "What would you need to know?" },
    ran: { verb: "ran", hint: "How do you know that it ran?" },
    not_ran: { verb: "not_ran", hint: "How do you know that it did not run?" },
  };

  function enterMode(form, mode) {
    const note = noteOf(form);
    note.dataset.rest ??= note.placeholder;
    form.dataset.mode = mode;
    note.placeholder = MODES[mode].hint;
    note.focus();
  }

  function leaveMode(form) {
    const note = noteOf(form);
    delete form.dataset.mode;
    if (note.dataset.rest !== undefined) note.placeholder = note.dataset.rest;
    note.blur();
  }

  // Which mode a decision still needs, because it must come with words.
  function missingWords(form, verb) {
    if (noteOf(form).value.trim()) return null;
    if (verb === "deny") return "deny";
    if (verb === "request_changes") return "ask";
    if (["wrong", "unsure", "ran", "not_ran"].includes(verb)) return verb;
    return verb === "approve" && form.dataset.needsReason === "yes" ? "approve" : null;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-decide]")) return;
    const verb = event.submitter?.value;
    const stop = () => { event.preventDefault(); event.stopImmediatePropagation(); };
    if (tooSoon()) { stop(); return; }
    const mode = form.matches("[data-edit-form]") ? null : missingWords(form, verb);
    if (mode) { stop(); enterMode(form, mode); return; }
    const next = one("[data-next]", form);
    if (next) next.value = nextId();
  }, true);

  function submitNote(form) {
    const mode = form.dataset.mode;
    if (form.matches("[data-edit-form]")) button(form, "edit").click();
    else if (mode) button(form, MODES[mode].verb)?.click();
    else noteOf(form).blur();
  }

  function choose(number) {
    const choice = one(`[data-choice="${number}"]:not(:disabled)`);
    if (!choice) return;
    choice.checked = !choice.checked;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-choice]")) {
      const label = one("[data-main]");
      if (!label) return;
      label.dataset.rest ??= label.textContent;
      label.textContent = event.target.checked ? event.target.dataset.label : label.dataset.rest;
    }
    if (event.target.matches("[data-keys-toggle]")) {
      root.dataset.keys = event.target.checked ? "on" : "off";
      remember("keys", root.dataset.keys);
    }
  });

  // ---- The edit form: a touched field counts as given, and the difference follows the typing ----

  let previewTimer = 0;
  document.addEventListener("input", (event) => {
    const field = event.target;
    const form = field.form;
    if (!form?.matches("[data-edit-form]") || !field.matches("[data-arg], [data-arg-state]")) return;
    const state = field.matches("[data-arg]") && form.elements.namedItem(`state:${field.name}`);
    if (state) state.value = "value";
    field.closest(".field")?.classList.add("changed");
    clearTimeout(previewTimer);
    previewTimer = setTimeout(() => htmx.trigger(button(form, "preview"), "preview"), 350);
  });

  // ---- Clicks ----

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    if (hit("[data-row]")) document.body.classList.add("opened");
    if (hit("[data-help]")) one("#help").showModal();
    if (hit("[data-theme-toggle]")) toggleTheme();
    if (hit("[data-rest]")) leaveMode(hit("form"));
    if (hit("[data-chip]")) {
      const form = hit("form");
      noteOf(form).value = hit("[data-chip]").textContent;
      noteOf(form).focus();
    }
    if (hit("[data-hint-off]")) { remember("hint", "off"); hit(".hint").remove(); }
    if (hit("[data-arrived]")) one("#queue").scrollTo({ top: 0 });
    if (event.target === one("#help")) one("#help").close();
  });

  function toggleTheme() {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const now = root.dataset.theme === "auto" ? system : root.dataset.theme;
    root.dataset.theme = now === "dark" ? "light" : "dark";
    remember("theme", root.dataset.theme);
  }

  // ---- Keys ----

  const mayLeave = () => !one("[data-editing] .field.changed") || confirm("Leave without what you have typed?");

  const KEYS = {
    j: () => mayLeave() && move(1),
    k: () => mayLeave() && move(-1),
    escape: () => mayLeave() && one("[data-cancel]")?.click(),
    a: () => (button(bar(), "approve") ?? button(bar(), "respond") ?? button(bar(), "edit"))?.click(),
    d: () => button(bar(), "deny")?.click(),
    q: () => bar() && !bar().matches("[data-edit-form]") && button(bar(), "request_changes") && enterMode(bar(), "ask"),
    e: () => one("[data-edit]")?.click(),
    r: () => button(bar(), "right")?.click(),
    w: () => button(bar(), "wrong")?.click(),
    s: () => button(bar(), "unsure")?.click(),
    y: () => button(bar(), "ran")?.click(),
    n: () => button(bar(), "not_ran")?.click(),
    u: () => one("[data-undo]")?.click(),
    "/": () => one("#find")?.focus(),
    "?": () => one("#help")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.repeat && (event.key === "Enter" || event.key === " ") && event.target.closest("form")) event.preventDefault();
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const form = event.target.form;
    if (event.target.matches("[data-note]")) {
      if (event.key === "Enter") { event.preventDefault(); submitNote(form); }
      if (event.key === "Escape") leaveMode(form);
      return;
    }
    const typing = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
    if (typing) { if (event.key === "Escape") event.target.blur(); return; }
    if (root.dataset.keys === "off" || one("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (/^[1-9]$/.test(key)) { event.preventDefault(); choose(key); return; }
    if (Object.hasOwn(KEYS, key)) { event.preventDefault(); KEYS[key](); }
  });

  // ---- After every swap ----

  let known = new Set();

  function noticeArrivals() {
    const ids = rows().map((row) => row.dataset.row);
    const fresh = known.size ? ids.filter((id) => !known.has(id)).length : 0;
    known = new Set(ids);
    const flag = one("[data-arrived]");
    if (!flag || !fresh || one("#queue").scrollTop < 60) return;
    flag.textContent = `${fresh} new`;
    flag.hidden = false;
  }

  document.addEventListener("scroll", (event) => {
    if (event.target.id === "queue" && event.target.scrollTop < 60 && one("[data-arrived]")) one("[data-arrived]").hidden = true;
  }, true);

  function settle() {
    markRow();
    rearm();
    noticeArrivals();
    tick();
  }

  function keepFocus() {
    const lost = document.activeElement === document.body || !document.activeElement?.isConnected;
    if (!lost || !pane()) return;
    const row = currentRow();
    (row?.offsetParent ? row : one(".headline", pane()) ?? pane()).focus({ preventScroll: true });
  }

  // Who opens the edit form wants to type, and most likely into what the policy pins.
  function beginEditing() {
    const form = one("[data-edit-form]");
    if (!form || form.dataset.begun || matchMedia("(pointer: coarse)").matches) return;
    form.dataset.begun = "yes";
    const first = one("[data-editing] [aria-invalid]") ?? one("[data-editing] [data-arg]");
    first?.focus();
    first?.select?.();
  }

  document.addEventListener("htmx:after:swap", () => { settle(); keepFocus(); beginEditing(); });

  // Who comes to one line of a document sees it, with the cursor at its beginning.
  function goToLine() {
    const text = one("textarea[data-line]");
    if (!text) return;
    const [whole, rows] = [text.value, text.rows];
    const above = whole.split("\n").slice(0, text.dataset.line - 1).join("\n");
    text.rows = 1;
    text.value = above; // long lines take several, so what stands above is measured, not counted
    const height = text.scrollHeight;
    text.rows = rows;
    text.value = whole;
    text.focus({ preventScroll: true });
    text.setSelectionRange(above.length + 1, above.length + 1);
    text.scrollTop = height - 3 * parseFloat(getComputedStyle(text).lineHeight);
  }

  // ---- Clocks: what is left, how long ago, how long a note stays ----

  const pad = (number) => String(number).padStart(2, "0");

  function span(seconds) {
    if (seconds < 3600) return `${Math.floor(seconds / 60)}:${pad(Math.floor(seconds % 60))}`;
    if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${pad(Math.floor((seconds % 3600) / 60))}m`;
    return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3600)}h`;
  }

  function ago(seconds) {
    if (seconds < 45) return "just now";
    if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
    if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
    return `${Math.round(seconds / 86_400)} d ago`;
  }

  const write = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  function tick() {
    const now = Date.now();
    for (const time of all("[data-due]")) {
      const left = (Date.parse(time.dateTime) - now) / 1000;
      write(time, left < 0 ? "time is up" : span(left) + ("long" in time.dataset ? " left" : ""));
      time.classList.toggle("soon", left < 600 && left >= 60);
      time.classList.toggle("late", left < 60);
    }
    for (const time of all("[data-at]")) {
      time.title ||= time.textContent;
      write(time, ago((now - Date.parse(time.dateTime)) / 1000));
    }
  }

  function fadeToasts() {
    for (const toast of all("[data-toast]")) {
      const bar = one("progress", toast);
      const left = bar ? (bar.value -= 1) : (toast.dataset.left = Number(toast.dataset.left ?? 8) - 1);
      if (left <= 0 && !toast.contains(document.activeElement)) toast.remove();
    }
  }

  setInterval(() => { tick(); fadeToasts(); }, 1000);

  // ---- Live: an honest mark, and asking every few seconds when the stream is down ----

  const live = () => one("#live");
  const isLive = () => live()?.dataset.state === "on";

  function say(state, text) {
    if (!live() || live().dataset.state === state) return;
    live().dataset.state = state;
    write(one("span", live()), text);
  }

  let connectedBefore = false;
  document.addEventListener("htmx:sse:after:connection", () => {
    say("on", "Live");
    if (connectedBefore) htmx.trigger(live(), "queue"); // whatever was missed meanwhile
    connectedBefore = true;
  });
  const sayBroken = () => (navigator.onLine ? say("wait", "Reconnecting") : say("off", "Offline"));
  document.addEventListener("htmx:sse:error", sayBroken);
  document.addEventListener("htmx:sse:close", sayBroken);
  window.addEventListener("offline", () => say("off", "Offline"));
  window.addEventListener("online", () => {
    if (!live()) return;
    say("wait", "Reconnecting");
    // a stream from before may hang half open: end it, and the extension connects again
    live()._htmx?.sse?.reader?.cancel();
    htmx.trigger(live(), "reconnect");
  });

  setInterval(() => {
    if (!live() || isLive() || document.hidden) return;
    htmx.trigger(live(), "reconnect");
    htmx.trigger(live(), "queue");
  }, POLL_MS);

  document.addEventListener("htmx:after:request", (event) => {
    if (event.target.id === "queue" && !isLive() && navigator.onLine) say("poll", "Every 10 s");
  });

  // ---- When the answer is an error, or none came ----

  const isDecision = (node) => node?.matches?.("form") ?? false;

  function complain(text) {
    const box = document.createElement("div");
    box.className = "toast";
    box.dataset.toast = "";
    const words = document.createElement("p");
    words.textContent = text;
    box.append(words);
    one("#problem")?.replaceChildren(box);
  }

  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status < 500 || event.target.id === "live") return;
    if (isDecision(event.target)) complain("Handrail could not do that. Nothing was decided; try again.");
  });

  document.addEventListener("htmx:error", (event) => {
    if (event.target.id === "queue") { say("off", "Offline"); return; }
    // without the stream the page still works, as long as asking for the list does
    if (event.target.id === "live") { if (isLive()) sayBroken(); return; }
    if (isDecision(event.target)) complain("No answer came. Look at the handoff again before you repeat it.");
  });

  settle();
  one(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  window.addEventListener("load", goToLine); // the browser itself goes to where the address leads first, and takes the focus along
})();
