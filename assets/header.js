// Title, language switch, lasting remarks; and the one place that asks the server for the studio's status.

const notices = element.querySelector("#notices");
const choice = element.querySelector("#language");
const BUSY = 700; // ms between questions while something moves
const IDLE = 20000; // and when nothing does: another visitor may have started a training
let timer = 0;

choice.value = page.language;
choice.addEventListener("change", () => page.setLanguage(choice.value));
page.setLanguage(page.language);
page.onLanguage(() => page.translate(element));

// Gradio draws the tabs' names and its footer itself, in the browser's language, and again whenever it likes.
const names = { "tab-draw": "tab.draw", "tab-training": "tab.training", "tab-network": "tab.network" };
function nameTabs() {
  for (const [id, key] of Object.entries(names)) say(document.getElementById(`${id}-button`), page.text(key));
  say(document.querySelector("footer .show-api"), page.text("page.api"));
}

function say(node, words) {
  const written = [...(node?.childNodes ?? [])].find((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
  if (written && written.data.trim() !== words) written.data = written.data.replace(written.data.trim(), words);
}
page.onLanguage(nameTabs);
new MutationObserver(nameTabs).observe(document.body, { childList: true, subtree: true });

page.onStatus((status) => {
  const told = JSON.stringify([status.notices, status.can_fetch && status.may_train, status.phase, page.language]);
  if (notices.dataset.told === told) return;
  notices.dataset.told = told;
  notices.replaceChildren(...status.notices.map((notice) => line(page.text(notice))));
  if (status.phase === "failed") notices.append(line(page.text(status.message)));
  const again = status.may_train && (status.phase === "failed" || (status.can_fetch && status.phase === "ready"));
  if (again) notices.append(button(status.phase === "failed" ? "page.retry" : "page.fetch", status.can_fetch));
  notices.hidden = !notices.children.length;
});

function line(words) {
  const node = document.createElement("p");
  node.textContent = words;
  return node;
}

function button(key, fetchMnist) {
  const node = document.createElement("button");
  node.className = "button";
  node.textContent = page.text(key);
  node.addEventListener("click", async () => {
    node.disabled = true;
    const reply = await page.answered(server.retrain({ epochs: null, fetch: fetchMnist })).catch(() => ({ error: {} }));
    if (reply.error) notices.append(line(page.failure(reply.error)));
    page.hurry();
  });
  return node;
}

async function ask() {
  clearTimeout(timer);
  let wait = BUSY;
  try {
    const next = await page.answered(server.snapshot({ version: page.status?.version ?? -1, run: page.status?.run ?? "" }));
    if (next.changed) page.setStatus(next);
    if (["ready", "failed"].includes(page.status.phase)) wait = IDLE;
  } catch {
    wait = 3000;
  }
  if (element.isConnected) timer = setTimeout(ask, document.hidden ? Math.max(wait, 3000) : wait);
}
page.hurry = ask;
document.addEventListener("visibilitychange", () => document.hidden || ask());
ask();
