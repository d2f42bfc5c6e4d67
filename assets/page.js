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
    }).replace(/\b(a) (?=8)/gi, "$1n "); // in English it is an 8
  }

  // Fill every [data-text], [data-title] and [data-label] below root.
  function translate(root) {
    for (const node of root.querySelectorAll("[data-text]")) {
      node.textContent = text(node.dataset.text, JSON.parse(node.dataset.values ?? "{}"));
    }
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
    document.title = text("page.title");
    for (const listener of languageListeners) listener();
    if (status) for (const listener of statusListeners) listener(status);
  }

  // A number field that says in the page's language, not the browser's, what it takes.
  function bounded(input) {
    input.addEventListener("invalid", () => {
      input.setCustomValidity(text("page.range", { least: number(Number(input.min)), most: number(Number(input.max)) }));
    });
    for (const kind of ["input", "click"]) input.form.addEventListener(kind, () => input.setCustomValidity(""));
  }

  const locale = () => (language === "zh" ? "zh-CN" : "en");
  const number = (value, digits = 0) =>
    value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const percent = (value, digits = 1) =>
    value.toLocaleString(locale(), { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });

  // base64 -> Uint8Array
  const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

  // Values row by row as pixels; colour gives [r, g, b] for each.
  function paint(canvas, values, width, height, colour, left = 0, top = 0) {
    const pen = canvas.getContext("2d");
    const data = pen.createImageData(width, height);
    for (let i = 0; i < width * height; i += 1) data.data.set([...colour(values[i]), 255], 4 * i);
    pen.putImageData(data, left, top);
  }

  // A colour of the stylesheet as [r, g, b].
  function colour(name) {
    const hex = getComputedStyle(document.body).getPropertyValue(`--${name}`).trim().slice(1);
    return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }

  const mixed = (from, to, share) => from.map((value, i) => Math.round(value + (to[i] - value) * share));

  // One stop for the tab key in a group of buttons; the arrow keys move inside it.
  function rove(group) {
    const all = () => [...group.querySelectorAll("button")];
    const first = () => all().forEach((button, i) => (button.tabIndex = i ? -1 : 0));
    group.addEventListener("keydown", (event) => {
      const buttons = all();
      const here = buttons.indexOf(event.target);
      if (here < 0) return;
      const box = event.target.getBoundingClientRect();
      const inRow = (y) => buttons.filter((b) => Math.abs(b.getBoundingClientRect().y - y) < 2);
      const nearest = (list) => list.toSorted((a, b) => Math.abs(a.getBoundingClientRect().x - box.x) - Math.abs(b.getBoundingClientRect().x - box.x))[0];
      const rows = [...new Set(buttons.map((b) => Math.round(b.getBoundingClientRect().y)))].sort((a, b) => a - b);
      const row = rows.findIndex((y) => Math.abs(y - box.y) < 2);
      const next =
        event.key === "ArrowRight" ? buttons[here + 1]
        : event.key === "ArrowLeft" ? buttons[here - 1]
        : event.key === "ArrowDown" ? nearest(inRow(rows[row + 1]))
        : event.key === "ArrowUp" ? nearest(inRow(rows[row - 1]))
        : event.key === "Home" ? buttons[0]
        : event.key === "End" ? buttons.at(-1)
        : undefined;
      if (!next) return;
      event.preventDefault();
      buttons.forEach((button) => (button.tabIndex = -1));
      next.tabIndex = 0;
      next.focus();
    });
    return first; // to be called when the buttons have changed
  }

  // A button with a 28×28 picture, dark on light, and words under it.
  function tile(pixels, label, caption) {
    const [button, canvas, words] = ["button", "canvas", "span"].map((name) => document.createElement(name));
    button.className = "tile";
    canvas.width = canvas.height = 28;
    paint(canvas, pixels, 28, 28, (ink) => [255 - ink, 255 - ink, 255 - ink]);
    button.setAttribute("aria-label", label);
    words.textContent = caption;
    button.append(canvas, words);
    return button;
  }

  function onTheme(listener) {
    new MutationObserver(listener).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  }

  // What a server function answered. Gradio's client swallows a failed request and answers undefined, and it waits
  // without end for an answer that was lost on its way.
  async function answered(request, seconds = 10) {
    let timer;
    const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error("no answer")), 1000 * seconds)));
    try {
      const reply = await Promise.race([request, late]);
      if (!reply || typeof reply !== "object" || "detail" in reply) throw new Error("no answer");
      return reply;
    } finally {
      clearTimeout(timer);
    }
  }

  // Hand the visitor a file that is in the browser already.
  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000); // some browsers read it only after a question
  }

  // Which network answers: its epochs, or that it is an older one than the one in training. There has to be one.
  function answering({ phase, eval_points, answering_epoch: at, epochs }) {
    const training = phase === "training";
    if (phase === "loading" || (training && !eval_points.length)) return text("state.before");
    return text(training ? "state.training" : "state.epoch", { epoch: Number(at.toFixed(2)), epochs });
  }

  // One line that says what went wrong: a sentence of the server's, or that there is no server.
  const failure = (error) => (error?.key ? text(error) : text("page.offline"));

  return {
    text,
    translate,
    setLanguage,
    number,
    percent,
    bytes,
    paint,
    colour,
    mixed,
    rove,
    bounded,
    tile,
    onTheme,
    answered,
    save,
    answering,
    failure,
    get language() { return language; },
    get status() { return status; },
    onLanguage(listener) { languageListeners.add(listener); listener(); },
    onStatus(listener) { statusListeners.add(listener); if (status) listener(status); },
    setStatus(next) { status = next; for (const listener of statusListeners) listener(next); },
    hurry() {}, // the header replaces it: ask for the status now
    // Show the test image of that number in the tab "How it works", whose script may run only then.
    openTest(number) {
      this.test = number;
      const tab = document.getElementById("tab-network-button");
      tab.click();
      tab.focus({ preventScroll: true }); // what was chosen is not to be seen any more
      scrollTo({ top: 0 });
      this.takeTest?.();
    },
  };
})());
