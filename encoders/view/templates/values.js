// What a form's text means: JSON with the place of its fault, cells of a spreadsheet.

/** Return {value} of JSON, or {error} with the line and column of the first fault. */
export function parseJson(text) {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `This is not JSON: ${placeOfFault(text, error.message)}` };
  }
}

function placeOfFault(text, message) {
  const offset = /at position (\d+)/.exec(message)?.[1] ?? (/end/i.test(message) ? text.length : undefined);
  const plain = message.replace(/^JSON\.parse: /, "").replace(/,? ?("\.*.*" is not valid JSON|(in JSON )?at (position|line) .*)$/s, "");
  if (offset === undefined) return message;
  const before = text.slice(0, Number(offset)).split("\n");
  return `line ${before.length}, column ${before.at(-1).length + 1}: ${plain}`;
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
