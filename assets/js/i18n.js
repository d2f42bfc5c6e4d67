// The visitor's language: its words, loaded when it is chosen, and how it writes numbers.

import { address } from "./files.js";

const LANGUAGES = ["en", "zh"];
const KEPT = "mnist-demo-language"; // where the browser keeps the choice
const listeners = new Set();
const tables = {}; // language -> {key: sentence}, as far as they have been loaded

function kept() {
  try {
    const language = localStorage.getItem(KEPT);
    return LANGUAGES.includes(language) ? language : null;
  } catch {
    return null; // storage is blocked: the choice then lasts as long as the page
  }
}

async function load(name) {
  tables[name] ??= await (await fetch(address(`${name}.json`))).json();
}

export let language = kept() ?? (/^zh\b/i.test(navigator.language) ? "zh" : "en");
await load(language);
tell();

function tell() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = text("page.title");
}

/** Show the page in another language, as soon as its words are there. @param {string} next "en" or "zh" */
export async function setLanguage(next) {
  await load(next);
  language = next;
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // see kept()
  }
  tell();
  for (const listener of listeners) listener();
}

/** Call `listener` now and whenever the language has changed. @param {() => void} listener */
export function onLanguage(listener) {
  listeners.add(listener);
  listener();
}

/**
 * A key with its values, or a sentence as the server sends it -> words. "{n:digit|digits}" is the first for a value of 1,
 * the second for every other.
 * @param {string | import("./service.js").Sentence} key
 * @returns {string}
 */
export function text(key, values = {}) {
  if (typeof key === "object") return text(key.key, key.values);
  const pattern = tables[language][key] ?? key;
  return pattern.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name, one, many) => {
    const value = values[name];
    if (one !== undefined) return String(value) === "1" ? one : many;
    return value === undefined ? whole : typeof value === "object" ? text(value) : String(value);
  }).replace(/\b(a) (?=8)/gi, "$1n "); // in English it is an 8
}

/** Fill every [data-text], [data-title], [data-label] and [data-hint] below an element. @param {Element} root */
export function translate(root) {
  const attributes = { text: "textContent", title: "title", label: "ariaLabel", hint: "placeholder" };
  for (const [name, property] of Object.entries(attributes)) {
    for (const node of root.querySelectorAll(`[data-${name}]`)) {
      node[property] = text(node.dataset[name], JSON.parse(node.dataset.values ?? "{}"));
    }
  }
}

/** Words for an element, unless it has them: the same once more would cost a layout. @param {Element} node */
export function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

const formats = {}; // making one takes as long as a layer of the network

function written(value, digits, style) {
  const format = (formats[`${language} ${style} ${digits}`] ??= new Intl.NumberFormat(
    language === "zh" ? "zh-CN" : "en",
    { style, minimumFractionDigits: digits, maximumFractionDigits: digits },
  ));
  return format.format(value);
}

/** @param {number} value @param {number} digits after the point */
export const number = (value, digits = 0) => written(value, digits, "decimal");

/** @param {number} value 0..1 @param {number} digits after the point */
export const percent = (value, digits = 1) => written(value, digits, "percent");
