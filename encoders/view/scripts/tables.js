// A field of a table: typed cells, rows and columns that can be added, cells from a spreadsheet.

import { button, element } from "./dom.js";
import { parseCells } from "./values.js";

const TYPES = { bool: "checkbox", number: "text", date: "text" };
const MOST_PASTED = 20000; // cells

export function setUpTable(field, told) {
  const table = field.querySelector("table");
  field.tableTold = told;
  const { rows, columns } = settingsOf(field);
  const [addRow, addColumn] = field.querySelectorAll("[data-add]");
  addRow.hidden = Boolean(rows);
  addColumn.hidden = Boolean(columns);
  addRow.addEventListener("click", () => {
    const row = appendRow(field, []);
    row.querySelector("input")?.focus();
    told();
  });
  addColumn.addEventListener("click", () => {
    appendColumn(field, String(widthOf(table) + 1));
    headersOf(table).at(-1).focus();
    told();
  });
  table.addEventListener("keydown", (event) => move(field, event));
  table.addEventListener("paste", (event) => paste(field, event, told));
}

/** Fill a table with {headers, data}, or with rows alone. */
export function fillTable(field, value) {
  const settings = settingsOf(field);
  const data = Array.isArray(value) ? value : value?.data ?? [];
  const given = Array.isArray(value) ? settings.headers : value?.headers ?? settings.headers;
  const width = settings.columns ?? Math.max(given.length, data[0]?.length ?? 0, 1);
  const table = field.querySelector("table");
  table.replaceChildren(
    element("thead", {}, element("tr", {}, element("td"))),
    element("tbody"),
  );
  for (let i = 0; i < width; i++) appendColumn(field, String(given[i] ?? i + 1), settings.types[i]);
  const height = settings.rows ?? Math.max(data.length, 1);
  for (let i = 0; i < height; i++) appendRow(field, data[i] ?? []);
}

/** Return the {value} of a table, or the {error} in its first wrong cell. Empty rows at its end do not count. */
export function readTable(field) {
  const table = field.querySelector("table");
  const data = [];
  let error;
  for (const [y, row] of rowsOf(table).entries()) {
    data.push(cellsOf(row).map((cell, x) => {
      const { value, wrong } = readCell(cell);
      if (wrong) error ??= `Row ${y + 1}, column ${x + 1}: ${wrong}`;
      return value;
    }));
  }
  if (error) return { error };
  if (!settingsOf(field).rows) {
    while (data.length && data.at(-1).every((value) => value === null || value === "" || value === false)) data.pop();
  }
  return { value: { headers: headersOf(table).map((input) => input.value), data } };
}

function settingsOf(field) {
  return JSON.parse(field.querySelector("[data-table]").dataset.table);
}

const widthOf = (table) => headersOf(table).length;
const headersOf = (table) => [...table.querySelectorAll("thead input")];
const rowsOf = (table) => [...table.querySelectorAll("tbody tr")];
const cellsOf = (row) => [...row.querySelectorAll("td > input")];

function appendColumn(field, name, type = "str") {
  const table = field.querySelector("table");
  const column = widthOf(table);
  const header = element("input", {
    type: "text", value: name, "data-type": String(type), "aria-label": `Name of column ${column + 1}`,
  });
  const cell = element("th", { scope: "col" }, header);
  if (!settingsOf(field).columns) {
    cell.append(button("×", () => {
      if (widthOf(table) === 1) return;
      const at = headersOf(table).indexOf(header);
      for (const row of rowsOf(table)) cellsOf(row)[at].parentElement.remove();
      cell.remove();
      renumber(table);
      headersOf(table)[0].focus();
      field.tableTold();
    }, { "aria-label": `Remove column ${column + 1}`, className: "remove" }));
  }
  table.querySelector("thead tr").append(cell);
  rowsOf(table).forEach((row, index) => {
    row.lastElementChild.before(newCell(field, column, undefined, index + 1));
  });
}

function appendRow(field, values) {
  const table = field.querySelector("table");
  const body = table.querySelector("tbody");
  const number = body.children.length + 1;
  const row = element("tr", {}, element("th", { scope: "row", textContent: String(number) }));
  for (let column = 0; column < widthOf(table); column++) row.append(newCell(field, column, values[column], number));
  const last = element("td");
  if (!settingsOf(field).rows) {
    last.append(button("×", () => {
      row.remove();
      renumber(table);
      (rowsOf(table).at(-1) ?? appendRow(field, [])).querySelector("td > input").focus();
      field.tableTold();
    }, { "aria-label": `Remove row ${number}`, className: "remove" }));
  }
  row.append(last);
  body.append(row);
  return row;
}

/** Name rows, columns and cells by their new places after one was removed. */
function renumber(table) {
  headersOf(table).forEach((input, x) => {
    input.ariaLabel = `Name of column ${x + 1}`;
    const remove = input.parentElement.querySelector("button");
    if (remove) remove.ariaLabel = `Remove column ${x + 1}`;
  });
  rowsOf(table).forEach((row, y) => {
    row.firstElementChild.textContent = String(y + 1);
    cellsOf(row).forEach((input, x) => { input.ariaLabel = `Column ${x + 1}, row ${y + 1}`; });
    const remove = row.querySelector("button");
    if (remove) remove.ariaLabel = `Remove row ${y + 1}`;
  });
}

function newCell(field, column, value, row) {
  const { type } = headersOf(field)[column].dataset;
  const input = element("input", {
    type: TYPES[type] ?? "text", "data-type": type, autocomplete: "off",
    "aria-label": `Column ${column + 1}, row ${row}`,
  });
  if (type === "number") input.inputMode = "decimal";
  write(input, value);
  return element("td", {}, input);
}

function write(input, value) {
  if (input.type === "checkbox") input.checked = value === true || /^(true|yes|1|x)$/i.test(String(value));
  else if (value === undefined || value === null) input.value = "";
  else input.value = typeof value === "object" ? JSON.stringify(value) : String(value);
}

function readCell(input) {
  if (input.type === "checkbox") return { value: input.checked };
  if (input.dataset.type !== "number") return { value: input.value };
  const text = input.value.trim();
  if (!text) return { value: null };
  const value = Number(text.replace(/^(-?\d+),(\d+)$/, "$1.$2"));
  return Number.isFinite(value) ? { value } : { value: null, wrong: `${text} is not a number.` };
}

/** Move between cells by Enter and by the arrows up and down. */
function move(field, event) {
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.target.tagName !== "INPUT") return;
  event.preventDefault();
  const table = field.querySelector("table");
  const lines = [headersOf(table), ...rowsOf(table).map(cellsOf)];
  const y = lines.findIndex((line) => line.includes(event.target));
  const x = lines[y].indexOf(event.target);
  if (!lines[y + step] && event.key === "Enter" && !settingsOf(field).rows) {
    appendRow(field, []);
    cellsOf(rowsOf(table).at(-1))[x].focus();
    field.tableTold();
    return;
  }
  lines[y + step]?.[x]?.focus();
}

/** Fill from the focused cell on with what was copied from a spreadsheet. */
function paste(field, event, told) {
  const text = event.clipboardData.getData("text/plain");
  const cells = parseCells(text);
  if ((cells.length === 1 && cells[0].length === 1) || event.target.tagName !== "INPUT") return;
  event.preventDefault();
  event.stopPropagation();
  const table = field.querySelector("table");
  const { rows, columns } = settingsOf(field);
  const all = () => [headersOf(table), ...rowsOf(table).map(cellsOf)];
  const top = all().findIndex((line) => line.includes(event.target));
  const left = all()[top].indexOf(event.target);
  const width = Math.max(...cells.map((line) => line.length));
  if (cells.length * width > MOST_PASTED) return;
  if (!columns) while (widthOf(table) < left + width) appendColumn(field, String(widthOf(table) + 1));
  if (!rows) while (rowsOf(table).length < top + cells.length - 1) appendRow(field, []);
  const lines = all();
  cells.forEach((line, y) => line.forEach((value, x) => {
    const input = lines[top + y]?.[left + x];
    if (input) write(input, value.trim());
  }));
  told();
}
