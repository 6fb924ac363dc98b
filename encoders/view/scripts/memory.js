// What was entered in a form, kept while the tab is open.

import { enterValue, isTouched, readField } from "./fields.js";

const NOT_KEPT = new Set(["picture", "sound", "video", "file", "files", "pair", "gallery", "message"]);

/** Keep what was entered in fields, but files and passwords. */
export function remember(section, fields) {
  const entered = fields.filter(isKept).filter(isTouched).flatMap((field) => {
    const { value } = readField(field);
    return value === undefined ? [] : [[field.id, value]];
  });
  try {
    sessionStorage.setItem(keyOf(section), JSON.stringify(entered));
  } catch {
    // It is too much, or the browser keeps nothing.
  }
}

/** Fill in again what was entered before the page was loaded. */
export function recall(section, fields) {
  try {
    const entered = new Map(JSON.parse(sessionStorage.getItem(keyOf(section)) ?? "[]"));
    for (const field of fields.filter(isKept)) {
      if (entered.has(field.id)) enterValue(field, entered.get(field.id));
    }
  } catch {
    // The browser keeps nothing.
  }
}

function isKept(field) {
  return !NOT_KEPT.has(field.dataset.kind) && !field.querySelector("[type=password]");
}

/** The path has the token of the server of this page: another run of it does not find the values. */
function keyOf(section) {
  return `${location.pathname}#${section.id}`;
}
