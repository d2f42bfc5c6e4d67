// In the single file all that the page needs is inside it.

/** What the program has written into the file, see web/single_file.py. */
export const given = JSON.parse(document.getElementById("given").textContent);

/** @param {string} name of a table of words; there are no other files @returns {string} */
export const address = (name) => `data:application/json,${encodeURIComponent(JSON.stringify(given.files[name] ?? {}))}`;
