// Where the page's own files are. In the single file, assets/alone/files.js takes this module's place.

/** The address of a file beside the scripts. @param {string} name @returns {string} */
export const address = (name) => new URL(name, import.meta.url).href;
