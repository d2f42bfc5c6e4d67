// Keys for the whole page, on every keyboard: the drawing's, and whatever else asks for one.

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** The keys' names as this computer's keyboard has them. */
export const names = MAC ? { undo: "⌘Z", redo: "⇧⌘Z", clear: "⌫" } : { undo: "Ctrl+Z", redo: "Ctrl+Y", clear: "Delete" };

// The letter on the key; where the keyboard has others (Cyrillic, Greek), that of its place.
function letter(event) {
  const latin = /^[a-z]$/i.test(event.key);
  return latin ? event.key.toLowerCase() : /^Key[A-Z]$/.test(event.code) ? event.code.at(-1).toLowerCase() : event.key;
}

// Whether nothing lies over an element: a drawer, a dialog or another tab.
function uncovered(element) {
  const box = element.getBoundingClientRect();
  if (!box.width) return false;
  const [x, y] = [box.left + box.width / 2, Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1)];
  const above = document.elementFromPoint(x, y);
  return above === null || element.contains(above) || above.closest(".demo") !== null;
}

/**
 * Call the action of a key as long as `element` can be seen and nobody types: "undo", "redo", "clear" or a letter.
 * @param {Element} element
 * @param {Record<string, () => void>} actions
 */
export function onKeys(element, actions) {
  document.addEventListener("keydown", (event) => {
    if (!element.isConnected || event.altKey || !uncovered(element)) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog, [popover]")) return;
    const key = letter(event);
    const command = event.ctrlKey || event.metaKey;
    const name =
      command && key === "z" ? (event.shiftKey ? "redo" : "undo")
      : command && key === "y" ? "redo"
      : command ? ""
      : ["Delete", "Backspace"].includes(key) ? "clear"
      : key;
    if (!(name in actions)) return;
    event.preventDefault();
    actions[name]();
  });
}
