// What the page's parts share: the visitor's language, and the studio's status, asked for in one place.
// Every part runs this first; the first one to run creates it, the others find it.

const page = (window.mnistDemo ??= (() => {
  const TEXTS = __TEXTS__;
  const LANGUAGE = "mnist-demo-language";
  const statusListeners = new Set();
  const languageListeners = new Set();
  let status = null;
  let language = chosen() ?? (/^zh\b/i.test(navigator.language) ? "zh" : "en");

  function chosen() {
    try {
      const kept = localStorage.getItem(LANGUAGE);
      return kept in TEXTS ? kept : null;
    } catch {
      return null; // storage is blocked: the choice then lasts as long as the page
    }
  }

  // A key with its values, or a sentence {key, values} as the server sends it -> words in the visitor's language.
  function text(key, values = {}) {
    if (typeof key === "object") return text(key.key, key.values);
    const pattern = TEXTS[language][key] ?? key;
    return pattern.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      return value === undefined ? whole : typeof value === "object" ? text(value) : String(value);
    });
  }

  // Fill every [data-text], [data-title] and [data-label] below root.
  function translate(root) {
    for (const node of root.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
    for (const node of root.querySelectorAll("[data-title]")) node.title = text(node.dataset.title);
    for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", text(node.dataset.label));
    for (const node of root.querySelectorAll("[data-hint]")) node.placeholder = text(node.dataset.hint);
  }

  function setLanguage(next) {
    language = next;
    try {
      localStorage.setItem(LANGUAGE, next);
    } catch {
      // see chosen()
    }
    document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
    for (const listener of languageListeners) listener();
    if (status) for (const listener of statusListeners) listener(status);
  }

  const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)}${language === "zh" ? "%" : " %"}`;

  // What a server function answered. Gradio's client swallows a failed request and answers undefined.
  async function answered(request) {
    const reply = await request;
    if (!reply || typeof reply !== "object" || "detail" in reply) throw new Error("no answer");
    return reply;
  }

  const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

  // Hand the visitor a file that is in the browser already.
  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000); // some browsers read it only after a question
  }

  // One line that says what went wrong: a sentence of the server's, or that there is no server.
  const failure = (error) => (error?.key ? text(error) : text("page.offline"));

  return {
    text,
    translate,
    setLanguage,
    percent,
    answered,
    bytes,
    save,
    failure,
    get language() { return language; },
    get status() { return status; },
    onLanguage(listener) { languageListeners.add(listener); listener(); },
    onStatus(listener) { statusListeners.add(listener); if (status) listener(status); },
    setStatus(next) { status = next; for (const listener of statusListeners) listener(next); },
    hurry() {}, // the header replaces it: ask for the status now
  };
})());
