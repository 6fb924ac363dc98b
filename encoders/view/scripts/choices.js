// Fields of choices: buttons, boxes and lists, and values beside those that are offered.

import { element } from "./dom.js";

const ALL = (field, selector) => [...field.querySelectorAll(selector)];
const ONE = (field, selector) => field.querySelector(selector);

export function setUpChoices(field, told) {
  const filter = ONE(field, "[data-filter]");
  filter?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault();
  });
  filter?.addEventListener("input", ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    for (const label of ALL(field, ".choices label")) {
      label.hidden = !label.textContent.toLowerCase().includes(wanted) && !ONE(label, "input").checked;
    }
  });
  const other = ONE(field, "[data-other]");
  if (!other) return;
  const add = ONE(field, "[data-add]");
  const addOther = () => {
    if (!other.value) return;
    tick(field, other.value);
    other.value = "";
    told();
  };
  add?.addEventListener("click", addOther);
  other.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !add || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    addOther();
  });
  other.addEventListener("input", () => {
    if (!add && other.value) for (const box of boxesOf(field)) box.checked = false;
  });
}

function boxesOf(field) {
  return ALL(field, ".choices input");
}

/** Tick the box of a value; a value that is not offered gets a box. */
function tick(field, value) {
  const text = JSON.stringify(value);
  let box = boxesOf(field).find((one) => JSON.stringify(JSON.parse(one.value)) === text);
  if (!box) {
    box = element("input", { type: "checkbox", value: text });
    ONE(field, ".choices").append(element("label", { className: "check" }, box, String(value)));
  }
  box.checked = true;
}

export function fillChoices(field, value) {
  for (const box of boxesOf(field)) box.checked = false;
  const other = ONE(field, "[data-other]");
  if (other) other.value = "";
  const isMany = ONE(field, "[data-add]") || !other;
  const values = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  const offered = new Set(boxesOf(field).map((box) => JSON.stringify(JSON.parse(box.value))));
  for (const one of values) {
    if (offered.has(JSON.stringify(one)) || (isMany && takesSeveral(field))) tick(field, one);
    else if (other) other.value = String(one);
  }
}

function takesSeveral(field) {
  return field.dataset.kind === "checkboxes" || Boolean(ONE(field, "[type=checkbox][name], [data-add]"));
}

export function readChoices(field) {
  const chosen = boxesOf(field).filter((box) => box.checked).map((box) => JSON.parse(box.value));
  const other = ONE(field, "[data-other]")?.value;
  if (takesSeveral(field)) return other ? [...chosen, other] : chosen;
  return chosen.length ? chosen[0] : other || undefined;
}

export function setUpDropdown(field, told) {
  const select = ONE(field, "select");
  if (!select) {
    setUpChoices(field, told);
    return;
  }
  select.addEventListener("input", () => {
    const other = ONE(field, "[data-other]");
    if (!other) return;
    other.hidden = select.value !== "other";
    if (!other.hidden) other.focus();
  });
}

export function fillDropdown(field, value) {
  const select = ONE(field, "select");
  if (!select) {
    fillChoices(field, value);
    return;
  }
  const other = ONE(field, "[data-other]");
  const text = JSON.stringify(value);
  const isSame = (option) => !["", "other"].includes(option.value) && JSON.stringify(JSON.parse(option.value)) === text;
  const option = [...select.options].find(isSame);
  const isOther = other && !option && (typeof value === "string" || typeof value === "number" || select.options.length === 2);
  select.value = option?.value ?? (isOther ? "other" : "");
  if (!other) return;
  other.value = isOther ? value ?? "" : "";
  other.hidden = !isOther;
}

export function readDropdown(field) {
  const select = ONE(field, "select");
  if (!select) return readChoices(field);
  if (select.value === "other") return ONE(field, "[data-other]").value || undefined;
  return select.value ? JSON.parse(select.value) : undefined;
}
