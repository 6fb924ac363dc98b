// Files that come into the page: chosen, dropped or pasted, and sent to the page's own server.

const UNREACHABLE = "The server of this page does not answer. Is it still running?";

/**
 * Let files be chosen by the button in `element`, and be dropped onto `element`.
 *
 * `element` has a `button.drop` and an `input[type=file]`, whose attribute `multiple` says whether
 * it takes several. `onFiles` gets an array of `File`. While files are dragged over it, the class
 * `over` is set.
 */
export function dropZone(element, onFiles) {
  const input = element.querySelector("input[type=file]");
  const give = (files) => {
    if (files.length) onFiles(input.multiple ? [...files] : [files[0]]);
  };
  element.querySelector("button.drop").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    give([...input.files]);
    input.value = "";
  });
  let depth = 0;
  const setDepth = (value) => {
    depth = value;
    element.classList.toggle("over", depth > 0);
  };
  element.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) setDepth(depth + 1);
  });
  element.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) setDepth(Math.max(depth - 1, 0));
  });
  element.addEventListener("drop", (event) => {
    setDepth(0);
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    give(event.dataTransfer.files);
  });
}

/**
 * Call `onFiles` with an array of `File` when files or pictures are pasted inside `element`. Where
 * text can be pasted, text goes first: a spreadsheet copies its cells as a picture too.
 */
export function onPaste(element, onFiles) {
  element.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const takesText = event.target.matches?.("input, textarea") && event.clipboardData.getData("text/plain");
    if (!files.length || takesText || event.defaultPrevented) return;
    event.preventDefault();
    onFiles(files);
  });
}

/**
 * Send a `File` or `Blob` to the server, and return what it says of it: id, name, media_type, size,
 * facts, html. `recorded` says that it comes from the camera or microphone.
 *
 * Throws an `Error` whose message is for the reader.
 */
export async function upload(file, { recorded = false, name = file.name, signal } = {}) {
  const query = new URLSearchParams({ name: name || "file" });
  if (recorded) query.set("recorded", "1");
  return (await send(`upload?${query}`, file, signal)).json();
}

/** POST a body, or an object as JSON, and return the response. Throws as `upload`. */
export async function send(path, body, signal) {
  const isJson = !(body instanceof Blob) && typeof body !== "string";
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      body: isJson ? JSON.stringify(body) : body,
      headers: isJson ? { "Content-Type": "application/json" } : {},
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(body instanceof File ? await unreadable(body) : UNREACHABLE);
  }
  if (!response.ok) throw new Error(await errorOf(response));
  return response;
}

/** Offer `content`, a `Blob` or a text, as a file to be saved. */
export function save(content, name) {
  const blob = content instanceof Blob ? content : new Blob([content], { type: "text/plain" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

async function unreadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return `${file.name} cannot be read. Is it a folder, or has it changed?`;
  }
  return UNREACHABLE;
}

async function errorOf(response) {
  try {
    return (await response.json()).error ?? `The server answers with status ${response.status}.`;
  } catch {
    return `The server answers with status ${response.status}.`;
  }
}

// A file that is dropped beside a drop zone must not replace the page.
for (const type of ["dragover", "drop"]) {
  document.addEventListener(type, (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
}
