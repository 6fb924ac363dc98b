// Where files go in a form: chosen, dropped, pasted or recorded, sent to the page's server, shown.

import { addCaptures } from "./capture.js";
import { bytes, button, element, setHtml } from "./dom.js";
import { dropZone, onPaste, upload } from "./files.js";

const uploading = new Set();

/** Make the slots of a field work; `told` is called after each change. */
export function setUpSlots(field, told) {
  const slots = [...field.querySelectorAll(".slot")];
  for (const slot of slots) {
    const add = (files, options) => addFiles(slot, field.dataset.kind, files, told, options);
    dropZone(slot, add);
    addCaptures(slot, field.dataset.kind, add);
  }
  if (!slots.length) return;
  onPaste(field, (files) => pasteInto(slots, files));
  for (const slot of slots) slot.paste = (files) => addFiles(slot, field.dataset.kind, files, told);
}

/** Let files be pasted on the page: they go to the field that takes them, of several to the first. */
export function setUpPaste() {
  onPaste(document, (files) => {
    const slots = [...document.querySelectorAll(".endpoint:not([hidden]) .slot")];
    pasteInto(slots.filter((slot) => accepts(slot, files[0])), files);
  });
}

/** Add files to the slot that has the focus, or to the first that is empty. */
function pasteInto(slots, files) {
  const focused = slots.find((slot) => slot.contains(document.activeElement));
  const slot = focused ?? slots.find((one) => !filesOf(one).length) ?? slots[0];
  slot?.paste(isMany(slot) ? files : files.slice(0, 1));
}

/** Tell whether a slot takes a file, by what a browser offers for it. */
function accepts(slot, file) {
  const types = slot.querySelector("input[type=file]").accept.split(",").filter(Boolean);
  return !types.length || types.some((type) => (
    type.startsWith(".") ? file.name.toLowerCase().endsWith(type) : `${file.type}/`.startsWith(type.replace(/\*?$/, ""))
  ));
}

/** Wait until no file is on its way to the server. */
export async function uploadsDone() {
  while (uploading.size) await Promise.all(uploading);
}

/** Return the files in a slot: {id, caption} of each. */
export function filesOf(slot) {
  return [...slot.querySelectorAll(".files > li")].filter((item) => item.dataset.id).map((item) => ({
    id: item.dataset.id,
    caption: item.querySelector("[data-caption]")?.value ?? "",
  }));
}

export function emptySlot(slot) {
  slot.querySelector(".files").replaceChildren();
}

/** Send a file to the server and list it; return its id, or undefined if the server refuses it. */
export async function uploadInto(list, file, told, { recorded = false, more = () => [] } = {}) {
  const name = file.name || "file";
  const state = element("p", { className: "file-state", textContent: `${name}: ${bytes(file.size)} on the way …` });
  const item = element("li", {}, state);
  const stop = new AbortController();
  const remove = button("Remove", () => {
    stop.abort();
    const drop = item.closest(".slot, .field").querySelector(".drop, [data-attach]");
    item.remove();
    drop.focus();
    told();
  }, { "aria-label": `Remove ${name}` });
  const buttons = element("div", { className: "buttons" }, remove);
  item.append(buttons);
  list.append(item);
  const work = upload(file, { recorded, name, signal: stop.signal });
  const settled = work.catch(() => {});
  uploading.add(settled);
  try {
    const stored = await work;
    item.dataset.id = stored.id;
    const preview = element("div", { className: "preview shown" });
    setHtml(preview, stored.html);
    item.prepend(preview);
    state.replaceChildren(element("b", { textContent: stored.name }), ` ${described(stored)}`);
    state.hidden = Boolean(preview.querySelector(".filename")); // which says the same
    buttons.before(...more(item, stored));
    if (item.isConnected) told();
    return stored.id;
  } catch (error) {
    if (error.name !== "AbortError") {
      state.textContent = `${name}: ${error.message}`;
      state.classList.add("error");
      state.setAttribute("role", "alert");
    }
    return undefined;
  } finally {
    uploading.delete(settled);
  }
}

function isMany(slot) {
  return "many" in slot.dataset;
}

function addFiles(slot, kind, files, told, { recorded = false } = {}) {
  const list = slot.querySelector(".files");
  if (!isMany(slot)) emptySlot(slot);
  const isGallery = kind === "gallery";
  const more = (item, { name }) => {
    if (!isMany(slot)) return [];
    const caption = element("input", { type: "text", placeholder: "Caption", "data-caption": "", "aria-label": `Caption of ${name}` });
    const earlier = button("Earlier", () => {
      item.previousElementSibling?.before(item);
      earlier.focus();
      told();
    }, { "data-earlier": "", "aria-label": `Move ${name} before the one above` });
    item.querySelector(".buttons").prepend(earlier);
    return isGallery ? [caption] : [];
  };
  return Promise.all(files.map((file) => uploadInto(list, file, told, { recorded, more })));
}

function described({ media_type: type, size, facts }) {
  return [type, bytes(size), facts].filter(Boolean).join(", ");
}
