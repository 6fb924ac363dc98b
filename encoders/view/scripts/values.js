// What a form's text means: JSON with the place of its fault, cells of a spreadsheet.

const TOKEN = /([{}[\],:])|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Return {value} of JSON, or {error} with the line and column of the first fault. */
export function parseJson(text) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const { offset, expected } = findFault(text);
    const before = text.slice(0, offset).split("\n");
    return { error: `This is not JSON: line ${before.length}, column ${before.at(-1).length + 1}: expected ${expected}.` };
  }
}

/** Return where text stops being JSON, and what was expected there. */
function findFault(text) {
  const open = []; // the brackets that are not closed yet
  let offset = 0;
  let expects = "value";
  for (;;) {
    while (/[ \t\n\r]/.test(text[offset] ?? "")) offset += 1;
    TOKEN.lastIndex = offset;
    const [token, sign] = TOKEN.exec(text) ?? ["", undefined];
    const next = nextAfter(token, sign, expects, open);
    if (!next) return { offset, expected: expectedText(expects, open.at(-1), text[offset]) };
    offset += token.length;
    expects = next;
  }
}

/** Return what is expected after a token, or undefined if the token itself was not expected. */
function nextAfter(token, sign, expects, open) {
  if (!token) return undefined;
  const inside = open.at(-1);
  const isFirst = expects === "first";
  const takesName = inside === "{" && (isFirst || expects === "name");
  const closes = { "}": "{", "]": "[" }[sign];
  if (closes && closes === inside && (isFirst || expects === "end")) {
    open.pop();
    return "end";
  }
  if (sign === "," && expects === "end" && inside) return inside === "{" ? "name" : "value";
  if (sign === ":") return expects === "colon" ? "value" : undefined;
  if (takesName) return token[0] === '"' ? "colon" : undefined;
  if (expects !== "value" && !(isFirst && inside === "[")) return undefined;
  if (!sign) return "end";
  if (closes || sign === ",") return undefined;
  open.push(sign);
  return "first";
}

function expectedText(expects, inside, character) {
  const takesText = character === '"' && expects !== "colon" && expects !== "end";
  if (takesText) return "a text that ends with a quotation mark, without line breaks or unknown escapes";
  const close = inside === "{" ? "}" : "]";
  const isName = inside === "{" && expects !== "value";
  if (expects === "colon") return 'a colon (":")';
  if (expects === "end") return inside ? `a comma or "${close}"` : "nothing more";
  if (expects === "first") return isName ? 'a name in quotation marks, or "}"' : 'a value, or "]"';
  return isName ? "a name in quotation marks" : "a value";
}

/** Return the rows of text that was copied from a spreadsheet (tabs), or of CSV. */
export function parseCells(text) {
  const separator = text.includes("\t") || !text.includes("\n") ? "\t" : ",";
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const row = rows.at(-1);
    const last = row.length - 1;
    const one = text[i];
    if (quoted) {
      if (one !== '"') row[last] += one;
      else if (text[i + 1] === '"') { row[last] += one; i++; }
      else quoted = false;
    } else if (one === '"' && row[last] === "") quoted = true;
    else if (one === separator) row.push("");
    else if (one === "\n") rows.push([""]);
    else if (one !== "\r") row[last] += one;
  }
  if (rows.length > 1 && rows.at(-1).join("") === "") rows.pop();
  return rows;
}
