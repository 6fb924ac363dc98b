// The live page: one endpoint at a time is shown, and each can run while others do.

import { button, element, setHtml } from "./dom.js";
import { focusField, readField, resetField, setUpField, showError } from "./fields.js";
import { save, send } from "./files.js";
import { recall, remember } from "./memory.js";
import { setUpPaste, uploadsDone } from "./slots.js";
import { parseJson } from "./values.js";

const PAUSE = 300; // milliseconds after a change, before values are checked

for (const section of document.querySelectorAll(".endpoint")) setUpEndpoint(section);
setUpNavigation();
setUpPaste();

function setUpEndpoint(section) {
  const form = section.querySelector("form");
  const fields = [...form.querySelectorAll(".field")];
  const check = checker(section, fields);
  const refresh = setUpParts(section, fields);
  const changed = later((some) => {
    check(some).catch(() => {}); // a run will tell that the server does not answer
    refresh();
    remember(section, fields);
  });
  for (const field of fields) setUpField(field, changed);
  recall(section, fields);
  const run = runner(section, fields, check);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  document.addEventListener("keydown", (event) => {
    const isMine = !section.hidden && !document.querySelector("dialog[open]");
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !isMine) return;
    event.preventDefault();
    run();
  });
  form.querySelector("[data-reset]")?.addEventListener("click", () => {
    for (const field of fields) resetField(field);
    refresh();
    remember(section, fields);
  });
}

/** Return a function that calls another, once nothing has changed for a while, with what did. */
function later(action) {
  const changed = new Set();
  let timer = 0;
  return (field) => {
    changed.add(field);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const fields = [...changed];
      changed.clear();
      action(fields);
    }, PAUSE);
  };
}

function bodyOf(section, values) {
  return { endpoint: Number(section.dataset.endpoint), values };
}

/**
 * Return a function that checks all values, here and with the server, and tells beside the fields
 * what is wrong: of those that it is given, and of those that were told of before. It returns the
 * values, or null if one of them is wrong. What the server has found right is not asked again.
 */
function checker(section, fields) {
  let newest = 0;
  let right = "";
  const shown = new Set();
  return async (asked) => {
    const mine = ++newest;
    for (const field of asked) shown.add(field);
    const found = fields.map(readField);
    const errors = new Map();
    found.forEach(({ error }, index) => { if (error) errors.set(fields[index], error); });
    const isMissing = errors.size > 0;
    const values = found.map(({ value }) => value ?? null);
    const text = JSON.stringify(values);
    const other = [];
    if (isMissing || text !== right) {
      const answer = await (await send("check", bodyOf(section, values))).json();
      for (const { field: number, message } of answer.errors) {
        const field = fieldOf(fields, number);
        if (!field) other.push(message);
        else if (!errors.has(field)) errors.set(field, message);
      }
    }
    if (mine === newest) for (const field of shown) showError(field, errors.get(field) ?? "");
    const isRight = !errors.size && !other.length;
    if (isRight) right = text;
    return { values: isRight ? values : null, other: isMissing ? [] : other, errors };
  };
}

function fieldOf(fields, number) {
  return fields.find((field) => Number(field.dataset.number) === number);
}

function runner(section, fields, check) {
  const form = section.querySelector("form");
  const runButton = form.querySelector("[type=submit]");
  const cancel = form.querySelector("[data-cancel]");
  let stop = null;
  cancel.addEventListener("click", () => stop?.());
  return async () => {
    if (stop) return;
    const shown = resultOf(section);
    const abort = new AbortController();
    stop = () => abort.abort();
    runButton.setAttribute("aria-disabled", "true");
    cancel.hidden = false;
    section.classList.add("running");
    shown.start();
    try {
      shown.state("Files are on their way.");
      await Promise.race([uploadsDone(), cancelled(abort.signal)]);
      shown.state("Checking the values.");
      const { values, other, errors } = await check(fields);
      abort.signal.throwIfAborted();
      if (!values) {
        shown.refuse(other.join(" ") || "Some values are missing or wrong: see beside the fields.");
        const first = fields.find((field) => errors.has(field));
        if (first) focusField(first);
        return;
      }
      shown.state("Sending.");
      const answer = await send("run", bodyOf(section, values), abort.signal);
      for await (const line of readLines(answer.body)) {
        if (line.call) {
          stop = () => {
            shown.state("Cancelling.");
            send(`cancel?call=${encodeURIComponent(line.call)}`, "").catch(() => abort.abort());
          };
        }
        shown.take(line);
        if (typeof line.error?.field === "number") {
          const field = fieldOf(fields, line.error.field);
          if (field) showError(field, line.error.message);
        }
      }
      shown.end();
    } catch (error) {
      if (error.name === "AbortError") shown.take({ cancelled: true });
      else shown.take({ error: { message: error.message } });
    } finally {
      stop = null;
      runButton.removeAttribute("aria-disabled");
      if (document.activeElement === cancel) runButton.focus();
      cancel.hidden = true;
      section.classList.remove("running");
      shown.finish();
    }
  };
}

function cancelled(signal) {
  return new Promise((_, reject) => { signal.addEventListener("abort", () => reject(signal.reason)); });
}

/** Return what shows the course and the result of one run. */
function resultOf(section) {
  const result = section.querySelector(".result");
  const part = (name) => result.querySelector(`.${name}`);
  const say = (text) => { if (part("state").textContent !== text) part("state").textContent = text; };
  const clock = { began: 0, timer: 0 };
  let isOver = false;
  const count = () => {
    part("seconds").textContent = `${((performance.now() - clock.began) / 1000).toFixed(1)} s`;
  };
  const fold = (name, html) => {
    part(name).hidden = !html;
    const content = part(name).querySelector("div");
    setHtml(content, html ?? "");
    const code = content.querySelector("code");
    if (code) content.append(button("Save", () => saveJson(code, name), { className: "save" }));
  };
  const fail = (text) => { part("failure").textContent = text; };
  return {
    state: say,
    start() {
      clearInterval(result.timer);
      clock.began = performance.now();
      result.timer = setInterval(count, 100);
      part("progress-line").scrollIntoView({ block: "nearest" });
      for (const name of ["bars", "outputs"]) part(name).replaceChildren();
      part("durations").textContent = "";
      fold("sent", "");
      fold("came", "");
      fail("");
    },
    refuse(text) {
      part("seconds").textContent = "";
      say("Not sent.");
      fail(text);
    },
    take(line) {
      if (line.status) {
        say(inWords(line.status));
        showBars(part("bars"), line.status.progress ?? []);
      } else if ("output" in line) {
        setHtml(part("outputs"), line.output);
      } else if (line.done) {
        isOver = true;
        setHtml(part("outputs"), line.done.output);
        part("seconds").textContent = `${line.done.seconds.toFixed(2)} s`;
        say("Done.");
        part("durations").textContent = durations(line.done);
        fold("sent", line.done.payload);
        fold("came", line.done.answer);
      } else if (line.error) {
        isOver = true;
        say("Failed.");
        fail(line.error.message);
        if (line.error.answer) setHtml(part("outputs"), line.error.answer);
      } else if (line.cancelled) {
        isOver = true;
        say("Cancelled.");
      }
    },
    /** The answer has ended: if it said neither done nor error, it was cut. */
    end() {
      if (!isOver) this.take({ error: { message: "The connection ended before the call did." } });
    },
    finish() {
      clearInterval(result.timer);
      part("bars").replaceChildren();
    },
  };
}

/** Save the JSON that is shown, with the whole files in it; what is cut is no JSON. */
async function saveJson(code, name) {
  const text = await window.wholeText(code);
  const isJson = !parseJson(text).error;
  save(text, `${name === "sent" ? "payload" : "answer"}.${isJson ? "json" : "txt"}`);
}

function inWords({ state, place, size, eta }) {
  const isQueued = state === "waiting" && typeof place === "number";
  const queue = isQueued ? `: place ${place}${typeof size === "number" ? ` of ${Math.max(size, place)}` : ""}` : "";
  const seconds = typeof eta === "number" ? `, about ${Math.ceil(eta)} s` : "";
  return `${state[0].toUpperCase()}${state.slice(1)}${queue}${seconds}.`;
}

function showBars(target, progress) {
  target.replaceChildren(...progress.map(({ desc, index, length, fraction, unit }) => {
    const isKnown = typeof length === "number" && length > 0 && typeof index === "number";
    const count = isKnown ? `${index} of ${length}${unit ? ` ${unit}` : ""}` : "";
    const bar = element("progress", { max: 1, "aria-label": desc || "Progress" });
    if (isKnown) bar.value = index / length;
    else if (typeof fraction === "number") bar.value = fraction;
    return element("p", { className: "bar" }, element("span", { textContent: [desc, count].filter(Boolean).join(": ") }), bar);
  }));
}

function durations({ durations: own, avg_durations: usual }) {
  const said = (list, before) => (list?.length ? `${before} ${list.map(inSeconds).join(", ")}` : "");
  return [said(own, "The server’s function took"), said(usual, "on average")].filter(Boolean).join(", ");
}

function inSeconds(duration) {
  return duration < 0.1 ? `${Math.round(duration * 1000)} ms` : `${duration.toFixed(2)} s`;
}

/**
 * Show code and what the static page says of an endpoint once one of them is opened, and return a
 * function that renews the code with the entered values.
 */
function setUpParts(section, fields) {
  const parts = { code: section.querySelector(".part.code"), api: section.querySelector(".part.api") };
  const note = parts.code.querySelector(".note");
  let fetched = null;
  let newest = 0;
  const fetchParts = async () => {
    const answer = await fetch(`parts/${section.dataset.endpoint}`);
    if (!answer.ok) throw new Error(`The server of this page answers with status ${answer.status}.`);
    const found = await answer.json();
    for (const [name, part] of Object.entries(parts)) setHtml(part.querySelector(".content"), found[name]);
  };
  const open = (part) => {
    fetched ??= fetchParts().catch((error) => {
      fetched = null;
      part.querySelector(".content").textContent = error.message;
    });
    return fetched;
  };
  const renew = async () => {
    if (!parts.code.open) return;
    const mine = ++newest;
    await open(parts.code);
    const found = fields.map(readField);
    if (found.some(({ error }) => error)) {
      note.textContent = "Some values are missing or wrong: this is the code of earlier values, or of an example.";
      return;
    }
    try {
      const values = found.map(({ value }) => value);
      const codes = await (await send("snippets", bodyOf(section, values))).json();
      if (mine !== newest) return;
      note.textContent = "";
      showCode(parts.code, codes);
    } catch (error) {
      if (mine === newest) note.textContent = error.message;
    }
  };
  parts.code.addEventListener("toggle", renew);
  parts.api.addEventListener("toggle", () => { if (parts.api.open) open(parts.api); });
  return renew;
}

function showCode(part, codes) {
  for (const [language, code] of Object.entries(codes)) {
    const box = part.querySelector(`.box[data-language="${CSS.escape(language)}"]`);
    box?.querySelector("code").replaceChildren(code.trimEnd());
  }
  window.highlightBoxes?.(part);
}

/** Show the endpoint that the address names, or the first. */
function setUpNavigation() {
  const sections = [...document.querySelectorAll(".endpoint")];
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash, link]));
  const show = () => {
    const shown = sections.find((section) => `#${section.id}` === location.hash) ?? sections[0];
    for (const section of sections) section.hidden = section !== shown;
    for (const link of links.values()) link.removeAttribute("aria-current");
    const link = links.get(`#${shown?.id}`);
    link?.setAttribute("aria-current", "true");
    link?.scrollIntoView({ block: "nearest" });
    return shown;
  };
  for (const section of sections) {
    const link = links.get(`#${section.id}`);
    link?.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState(null, "", link.hash);
      show();
      if (section.getBoundingClientRect().top < 0) section.scrollIntoView();
    });
    const mark = () => link?.classList.toggle("running", section.classList.contains("running"));
    new MutationObserver(mark).observe(section, { attributeFilter: ["class"] });
  }
  document.querySelector("nav input")?.addEventListener("input", ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    for (const link of links.values()) {
      link.parentElement.hidden = !link.textContent.toLowerCase().includes(wanted);
    }
  });
  for (const type of ["hashchange", "popstate"]) addEventListener(type, show);
  show();
}

/** Yield the value of each line of a stream of newline-delimited JSON as it arrives. */
async function* readLines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let parts = []; // of a line that has not ended
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const [first, ...others] = value.split("\n");
      parts.push(first);
      for (const next of others) {
        const line = parts.join("");
        parts = [next];
        if (line) yield JSON.parse(line);
      }
    }
    const line = parts.join("");
    if (line) yield JSON.parse(line);
  } finally {
    reader.cancel().catch(() => {});
  }
}
