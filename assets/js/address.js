// The page's address: #training, #how-it-works/test/9729. Back, reload and links lead where they should.

const TABS = { draw: "tab-draw", training: "tab-training", "how-it-works": "tab-network", class: "tab-class" };
const KEYS = { ArrowRight: 1, ArrowLeft: -1 };
const PATIENCE = 100; // ms until a tab that Gradio has not drawn yet is looked for again

// As a part of somebody else's page we leave its address alone. This file is <page>/demo/static/<hash>/address.js.
const own = new URL("../../../", import.meta.url).pathname === location.pathname.replace(/\/?$/, "/");
const listeners = {};
let place = "draw";

/**
 * Call `listener` with what the address says after the name of a tab, whenever it leads there: "test/9729".
 * @param {string} tab its name in the address
 * @param {(rest: string) => void} listener
 */
export function onPlace(tab, listener) {
  listeners[tab] = listener;
  const [name, rest] = parts(place);
  if (name === tab && rest) listener(rest);
}

/** Write into the address what is shown now. @param {string} tab @param {string} rest */
export function setPlace(tab, rest = "") {
  const next = rest ? `${tab}/${rest}` : tab;
  if (next === place) return;
  place = next;
  if (own) history.pushState(null, "", `#${next}`);
}

/**
 * Show a tab, and in it what is named, as a link to it would.
 * @param {string} name as in the address
 * @param {string} rest what the address says after it
 */
export function openTab(name, rest = "") {
  setPlace(name, rest); // before the tab's own, so that Back needs one step
  show(name);
  listeners[name]?.(rest);
  document.getElementById(`${TABS[name]}-button`)?.focus({ preventScroll: true }); // what was pressed is out of sight
  scrollTo({ top: 0 });
}

function parts(path) {
  const [name, ...rest] = path.split("/");
  return [name in TABS ? name : "draw", rest.join("/")];
}

function follow() {
  place = location.hash.slice(1) || "draw";
  const [name, rest] = parts(place);
  show(name);
  listeners[name]?.(rest);
}

function show(name) {
  const button = document.getElementById(`${TABS[name]}-button`);
  if (!button) setTimeout(show, PATIENCE, name);
  else if (button.getAttribute("aria-selected") !== "true") button.click();
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.("[role=tab]");
  const name = Object.keys(TABS).find((each) => tab?.id === `${TABS[each]}-button`);
  if (name && parts(place)[0] !== name) setPlace(name);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[role=tab]");
  if (!tab || !(event.key in KEYS || ["Home", "End"].includes(event.key))) return;
  const all = Object.values(TABS).map((id) => document.getElementById(`${id}-button`)).filter(Boolean);
  const at = all.indexOf(tab);
  const next = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : (at + KEYS[event.key] + all.length) % all.length;
  event.preventDefault();
  all[next].click();
  all[next].focus();
});

if (own) {
  addEventListener("popstate", follow);
  if (location.hash) follow();
}
