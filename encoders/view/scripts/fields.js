// The fields of a form: what the server starts with is filled in, and what is entered is read.

import {
  fillChoices, fillDropdown, readChoices, readDropdown, setUpChoices, setUpDropdown,
} from "./choices.js";
import { button, element } from "./dom.js";
import { emptySlot, filesOf, setUpSlots, uploadInto } from "./slots.js";
import { fillTable, readTable, setUpTable } from "./tables.js";
import { parseJson } from "./values.js";

/** What cannot be sent; the text is for the person who entered it. */
class Wrong extends Error {}

const ALL = (field, selector) => [...field.querySelectorAll(selector)];
const ONE = (field, selector) => field.querySelector(selector);

// Each kind fills its field with a value, and reads it: undefined is that nothing was entered.
const KINDS = {
  text: {
    fill: (field, value) => { control(field).value = value ?? ""; },
    read: (field) => control(field).value || undefined,
    missing: "Enter a text.",
  },
  number: {
    fill: (field, value) => { control(field).value = value ?? ""; },
    read: (field) => readNumber(control(field)),
    missing: "Enter a number.",
  },
  slider: {
    setUp: (field) => {
      const [range, number] = ALL(field, "input[type=range], input[type=number]");
      range.addEventListener("input", () => { number.value = range.value; });
      number.addEventListener("input", () => { range.value = number.value; });
    },
    fill: (field, value) => {
      const [range, number] = ALL(field, "input[type=range], input[type=number]");
      range.value = value ?? range.min;
      number.value = value ?? range.value;
    },
    read: (field) => readNumber(ONE(field, "input[type=number]")),
    missing: "Enter a number.",
  },
  checkbox: {
    fill: (field, value) => { control(field).checked = value === true; },
    read: (field) => control(field).checked,
  },
  radio: { setUp: setUpChoices, fill: fillChoices, read: readChoices, missing: "Choose one." },
  checkboxes: { setUp: setUpChoices, fill: fillChoices, read: readChoices },
  dropdown: { setUp: setUpDropdown, fill: fillDropdown, read: readDropdown, missing: "Choose one." },
  colour: {
    setUp: (field) => {
      const [palette, text] = ALL(field, ".beside input");
      palette.addEventListener("input", () => { text.value = palette.value; });
      text.addEventListener("input", () => followColour(palette, text.value));
    },
    fill: (field, value) => {
      const [palette, text] = ALL(field, ".beside input");
      text.value = value ?? "";
      followColour(palette, text.value);
    },
    read: (field) => control(field).value.trim() || undefined,
    missing: "Enter a colour.",
  },
  date: {
    setUp: (field) => {
      const [text, calendar] = ALL(field, ".beside input");
      calendar.addEventListener("input", () => { if (calendar.value) text.value = inWords(calendar.value); });
    },
    fill: (field, value) => { control(field).value = value ?? ""; },
    read: (field) => control(field).value.trim() || undefined,
    missing: "Enter a date.",
  },
  picture: oneFile("Choose a picture."),
  sound: oneFile("Choose a sound."),
  video: oneFile("Choose a video."),
  file: oneFile("Choose a file."),
  files: { read: (field) => listed(uploads(field)), missing: "Choose files." },
  gallery: {
    read: (field) => listed(filesOf(ONE(field, ".slot")).map(({ id, caption }) => [{ upload: id }, caption || null])),
    missing: "Choose files.",
  },
  pair: {
    read: (field) => {
      const both = ALL(field, ".slot").map((slot) => filesOf(slot).map(({ id }) => ({ upload: id }))[0] ?? null);
      return both.some(Boolean) ? both : undefined;
    },
    missing: "Choose two pictures.",
  },
  message: {
    fill: (field, value) => {
      ONE(field, "textarea").value = typeof value === "string" ? value : value?.text ?? "";
    },
    read: (field) => {
      const message = { text: ONE(field, "textarea").value, files: uploads(field) };
      return message.text || message.files.length ? message : undefined;
    },
    missing: "Enter a text, or attach a file.",
  },
  messages: { setUp: setUpMessages, fill: fillMessages, read: readMessages },
  table: {
    setUp: setUpTable, fill: fillTable,
    read: (field) => {
      const { value, error } = readTable(field);
      if (error) throw new Wrong(error);
      return value;
    },
  },
  json: { setUp: setUpJson, fill: fillJson, read: readJson, missing: "Enter JSON." },
};
KINDS.anything = KINDS.json;

/** Make a field work; `changed` is called with it after each change. */
export function setUpField(field, changed) {
  const told = (event) => {
    if (event?.target.matches("[data-filter]")) return;
    field.dataset.touched = "";
    showEmpty(field);
    changed(field);
  };
  setUpSlots(field, told);
  ONE(field, "[data-leave-out]")?.addEventListener("click", () => {
    told();
    focusField(field);
  });
  kindOf(field).setUp?.(field, told);
  field.addEventListener("input", told);
  resetField(field);
}

/** Fill a field with what the server starts with. */
export function resetField(field) {
  delete field.dataset.touched;
  for (const box of ALL(field, "[data-send]")) box.checked = false;
  for (const slot of ALL(field, ".slot")) emptySlot(slot);
  kindOf(field).fill?.(field, startOf(field));
  showError(field, "");
  showEmpty(field);
}

/** Fill a field with a value as if somebody had entered it. */
export function enterValue(field, value) {
  kindOf(field).fill(field, value);
  field.dataset.touched = "";
  showEmpty(field);
}

/** Return the {value} of a field to send, or the {error} in it. */
export function readField(field) {
  const sent = ONE(field, "[data-send]:checked");
  if (sent) return { value: JSON.parse(sent.dataset.send) };
  try {
    if (keepsDefault(field)) return { value: { default: true } };
    const value = kindOf(field).read(field);
    if (value !== undefined) return { value };
    if (isRequired(field)) return { error: kindOf(field).missing };
    if (!isTouched(field)) return { value: startOf(field) ?? null };
    return { value: field.dataset.kind === "text" ? "" : null };
  } catch (error) {
    if (error instanceof Wrong) return { error: error.message };
    throw error;
  }
}

/** Tell beside a field what is wrong with it; an empty text is that nothing is. */
export function showError(field, text) {
  const place = ONE(field, ":scope > .error");
  if (place.textContent !== text) place.textContent = text;
  for (const one of ALL(field, "[aria-describedby]")) {
    if (text) one.setAttribute("aria-invalid", "true");
    else one.removeAttribute("aria-invalid");
  }
  field.classList.toggle("wrong", Boolean(text));
  showEmpty(field);
}

export function focusField(field) {
  const first = ONE(field, "input:not([type=file], [hidden], [data-filter]), textarea, select, button");
  first?.focus();
  field.scrollIntoView({ block: "nearest" });
}

function kindOf(field) {
  return KINDS[field.dataset.kind];
}

function isRequired(field) {
  return "required" in field.dataset;
}

export function isTouched(field) {
  return "touched" in field.dataset;
}

/** Tell whether the server's own file, or another value that no field shows, is sent. */
function keepsDefault(field) {
  return "keepsDefault" in field.dataset && !isTouched(field);
}

/** Return what the server starts with, as JSON; undefined if there is nothing. */
function startOf(field) {
  return "start" in field.dataset ? parseJson(field.dataset.start).value : undefined;
}

/** Offer to send nothing where that nothing was entered is told. */
function showEmpty(field) {
  let isEmpty = false;
  try {
    isEmpty = kindOf(field).read(field) === undefined;
  } catch {
    // What is wrong is not empty.
  }
  const boxes = ONE(field, ":scope > .empty");
  if (!boxes) return;
  if (!isEmpty) for (const box of ALL(boxes, "input")) box.checked = false;
  boxes.hidden = !isEmpty || !(field.classList.contains("wrong") || ONE(boxes, ":checked"));
}

function control(field) {
  return document.getElementById(field.id.slice(0, -"-field".length));
}

function readNumber(input) {
  if (input.validity.badInput) throw new Wrong("This is not a number.");
  return input.value === "" ? undefined : input.valueAsNumber;
}

function oneFile(missing) {
  return { read: (field) => uploads(field)[0], missing };
}

function uploads(field) {
  return filesOf(ONE(field, ".slot")).map(({ id }) => ({ upload: id }));
}

function listed(values) {
  return values.length ? values : undefined;
}

function followColour(palette, text) {
  if (/^#[0-9a-f]{6}$/i.test(text)) palette.value = text;
}

/** Return the time of a calendar as Gradio writes it: 2026-01-31 12:00:00. */
function inWords(time) {
  const [day, clock] = time.split("T");
  return clock ? `${day} ${clock.length === 5 ? `${clock}:00` : clock.slice(0, 8)}` : day;
}

function setUpMessages(field, told) {
  ONE(field, "[data-add]").addEventListener("click", () => {
    const roles = ALL(field, "select");
    const row = addMessage(field, roles.at(-1)?.value === "user" ? "assistant" : "user", "", told);
    ONE(row, "textarea").focus();
    told();
  });
  field.messageTold = told;
}

function addMessage(field, role, content, told) {
  const list = ONE(field, ".messages");
  const number = list.children.length + 1;
  const roles = [...new Set(["user", "assistant", "system", role])];
  const select = element("select", { "aria-label": `Role of message ${number}` },
    ...roles.map((one) => element("option", { value: one, textContent: one, selected: one === role })));
  const isText = typeof content === "string";
  const text = element("textarea", {
    rows: 2, value: isText ? content : JSON.stringify(content), readOnly: !isText, "aria-label": `Text of message ${number}`,
  });
  const row = element("li", {}, select, text);
  row.content = content;
  row.append(button("Remove", () => {
    row.remove();
    told();
    ONE(field, "[data-add]").focus();
  }, { "aria-label": `Remove message ${number}` }));
  list.append(row);
  return row;
}

function fillMessages(field, value) {
  ONE(field, ".messages").replaceChildren();
  for (const one of Array.isArray(value) ? value : []) {
    const sides = Array.isArray(one) ? [["user", one[0]], ["assistant", one[1]]] : [[one?.role, plainContent(one?.content)]];
    for (const [role, content] of sides) {
      if (content !== null && content !== undefined) addMessage(field, String(role), content, field.messageTold);
    }
  }
}

/** Return the text of a message that is one text in a list of parts, and else the content. */
function plainContent(content) {
  const isOneText = Array.isArray(content) && content.length === 1 && content[0]?.type === "text";
  return isOneText ? content[0].text : content;
}

function readMessages(field) {
  return ALL(field, ".messages > li").map((row) => {
    const text = ONE(row, "textarea");
    return { role: ONE(row, "select").value, content: text.readOnly ? row.content : text.value };
  });
}

function setUpJson(field, told) {
  const text = control(field);
  text.addEventListener("input", () => showJsonState(field));
  const picker = ONE(field, "input[type=file]");
  ONE(field, "[data-attach]").addEventListener("click", () => picker.click());
  picker.addEventListener("change", async () => {
    for (const file of picker.files) {
      const id = await uploadInto(ONE(field, ".files"), file, told);
      if (id) text.setRangeText(JSON.stringify({ upload: id }), text.selectionStart, text.selectionEnd, "end");
    }
    picker.value = "";
    showJsonState(field);
    told();
  });
}

function fillJson(field, value) {
  const text = control(field);
  text.value = value === undefined || value === null ? "" : JSON.stringify(value, null, 2);
  text.rows = Math.min(Math.max(text.value.split("\n").length, 4), 16);
  showJsonState(field);
}

function showJsonState(field) {
  const text = control(field).value;
  const error = text.trim() ? parseJson(text).error : undefined;
  ONE(field, ".json-state").textContent = text.trim() && !error ? "This is JSON." : "";
  showError(field, error ?? "");
}

function readJson(field) {
  const text = control(field).value;
  if (!text.trim()) return undefined;
  const { value, error } = parseJson(text);
  if (error) throw new Wrong(error);
  return value;
}
