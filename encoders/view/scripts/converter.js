// The converter: a card for each file, and the files in a pasted text.

import { element, setHtml } from "./dom.js";
import { dropZone, onPaste, send, upload } from "./files.js";

const PAUSE = 250; // milliseconds after a change before it is converted
const SHOWN_TEXT = 20_000; // characters of a long pasted text that the box shows
const TOO_LONG = "The data URL is too long for the clipboard. Save it instead.";

const cards = document.getElementById("cards");
const filesState = document.getElementById("files-state");

/** Show HTML of this page's server, which may hold files. */
function show(target, html) {
  setHtml(target, html);
  window.setUpBoxes(target);
  window.addActions(target);
}

// Files

async function addAll(files) {
  const waiting = files.map((file) => [file, waitingCard(file)]);
  cards.prepend(...waiting.map(([, card]) => card));
  let added = 0;
  for (const [file, card] of waiting) {
    filesState.textContent = `Reading ${file.name} …`;
    if (await add(file, card)) added += 1;
  }
  filesState.textContent = `${added} of ${files.length} ${files.length === 1 ? "file" : "files"} read.`;
}

function waitingCard(file) {
  const state = element("p", { className: "said" }, "Reading …");
  const name = element("h3", {}, element("bdi", {}, file.name));
  return element("article", { className: "card" }, element("div", { className: "card-head" }, name), state);
}

async function add(file, waiting) {
  try {
    const { id } = await upload(file);
    const { html } = await (await send("card", { id })).json();
    const holder = document.createElement("div");
    setHtml(holder, html);
    const card = holder.firstElementChild;
    waiting.replaceWith(card);
    watch(card);
    return true;
  } catch (error) {
    waiting.querySelector(".said").replaceWith(element("p", { className: "error" }, error.message));
    const remove = element("button", { type: "button", "data-remove": "" }, "Remove");
    waiting.querySelector(".card-head").append(remove);
    return false;
  }
}

// Conversions: one at a time for each card; the newest settings count.

function watch(card) {
  const form = card.querySelector("form");
  if (!form) return;
  const { format, quality, max_size: size } = form.elements;
  const slider = form.querySelector("input[type=range]");
  let timer = 0;
  let isRunning = false;
  let asked = null;

  const showQuality = () => {
    const usual = format.selectedOptions[0].dataset.quality;
    const hasQuality = usual !== undefined;
    quality.disabled = slider.disabled = !hasQuality;
    quality.placeholder = hasQuality ? (usual ? `default, ${usual}` : "default") : "none";
    slider.value = quality.value || usual || 50;
  };
  const settings = () => ({
    id: card.dataset.id,
    format: format.value || null,
    quality: quality.disabled ? null : wholeNumber(quality),
    max_size: size ? wholeNumber(size) : null,
  });
  const run = async () => {
    if (isRunning) return;
    isRunning = true;
    while (asked) {
      const now = asked;
      asked = null;
      await convert(card, now, () => asked !== null);
    }
    isRunning = false;
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (target === format) quality.value = "";
    if (target === slider) quality.value = slider.value;
    showQuality();
    clearTimeout(timer);
    timer = setTimeout(() => {
      asked = settings();
      run();
    }, PAUSE);
  });
  showQuality();
}

/** Return the number in a field, null if it is empty, or the text if it is no whole number. */
function wholeNumber(input) {
  if (input.validity.badInput) return "not a number";
  return input.value === "" ? null : Number(input.value);
}

async function convert(card, settings, isOld) {
  const result = card.querySelector(".result");
  const state = card.querySelector(".side .said");
  const fault = card.querySelector(".error");
  state.textContent = "Converting …";
  result.setAttribute("aria-busy", "true");
  const began = performance.now();
  try {
    const answer = await (await send("convert", settings)).json();
    if (isOld()) return;
    setHtml(result, answer.html);
    fault.textContent = "";
    state.textContent = `It took ${((performance.now() - began) / 1000).toFixed(1)} s.`;
  } catch (error) {
    if (isOld()) return;
    result.replaceChildren();
    fault.textContent = error.message;
    state.textContent = "";
  } finally {
    result.removeAttribute("aria-busy");
    for (const input of card.querySelectorAll("form :is(input, select)")) {
      if (input.name && fault.textContent.startsWith(input.name)) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }
}

// Buttons of cards

async function copyDataUrl(button, card) {
  const title = button.textContent;
  const fault = card.querySelector(".error");
  fault.textContent = "";
  try {
    const response = await fetch(button.dataset.copy);
    const text = await response.text(); // empty, where a text cannot be that long
    if (!response.ok || text.length !== Number(response.headers.get("content-length"))) throw new Error();
    await window.copyText(text);
  } catch {
    fault.textContent = TOO_LONG;
    return;
  }
  window.announce("Copied");
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = title; }, 2000);
}

async function showInside(card) {
  const fault = card.querySelector(".error");
  fault.textContent = "";
  try {
    const { html } = await (await send(`read?id=${encodeURIComponent(card.dataset.id)}`, "")).json();
    show(card.querySelector(".inside"), html);
  } catch (error) {
    fault.textContent = error.message;
  }
}

function remove(card) {
  if (card.dataset.id) send("forget", { id: card.dataset.id }).catch(() => {});
  const next = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  (next?.querySelector("h3[tabindex]") ?? document.querySelector("#files .drop")).focus();
}

cards.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  const card = button?.closest(".card");
  if (!card) return;
  if (button.dataset.copy) copyDataUrl(button, card);
  else if ("remove" in button.dataset) remove(card);
  else if ("read" in button.dataset) showInside(card);
});
dropZone(document.querySelector("main"), addAll);
onPaste(document, addAll);

// Pasted text

const box = document.getElementById("text");
const found = document.getElementById("found");
const textState = document.getElementById("text-state");
const textFault = document.getElementById("text-error");
let long = null; // a text that is too long for the box
let reading = new AbortController();

box.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain");
  if (!text || (box.value.trim() && text.length <= SHOWN_TEXT)) return;
  event.preventDefault();
  setText(text);
  read();
});
box.addEventListener("input", () => {
  long = null;
  textState.textContent = "";
});
document.getElementById("paste").addEventListener("submit", (event) => {
  event.preventDefault();
  read();
});
document.querySelector("[data-clear]").addEventListener("click", () => {
  reading.abort();
  setText("");
  found.replaceChildren();
  textFault.textContent = textState.textContent = "";
  box.focus();
});

/** Put text into the box; of a long one its start, since the box would be slow. */
function setText(text) {
  long = text.length > SHOWN_TEXT ? text : null;
  box.value = long ? `${text.slice(0, SHOWN_TEXT)}…` : text;
  box.readOnly = Boolean(long);
}

async function read() {
  const text = long ?? box.value;
  reading.abort();
  reading = new AbortController();
  textFault.textContent = "";
  box.removeAttribute("aria-invalid");
  textState.textContent = "Reading …";
  try {
    const { html } = await (await send("read", text, reading.signal)).json();
    show(found, html);
    textState.textContent = `${text.length.toLocaleString("en")} characters read.`;
  } catch (error) {
    if (error.name === "AbortError") return;
    found.replaceChildren();
    textFault.textContent = error.message;
    textState.textContent = "";
    box.setAttribute("aria-invalid", "true");
  }
}
