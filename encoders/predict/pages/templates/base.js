
// The theme is set before anything is painted. A page opened from a disk may have no storage.
const THEME = "encoders-theme";
function storedTheme() {
  try { return localStorage.getItem(THEME) ?? ""; } catch { return ""; }
}
function setTheme(theme) {
  const isChosen = ["light", "dark"].includes(theme);
  if (isChosen) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  const choice = document.getElementById(`theme-${isChosen ? theme : "system"}`);
  if (choice) choice.checked = true;
}
function storeTheme(theme) {
  try { localStorage.setItem(THEME, theme); } catch { /* It holds for this page alone. */ }
}
setTheme(storedTheme());

const TOKENS = new RegExp([
  /(?<comment>^#.*)/,
  /(?<key>"(?:[^"\\\n]|\\.)*"(?=:))/,
  /(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`)/,
  /(?<word>\b(?:async|await|const|false|for|from|function|if|import|new|null|return|throw|true|None|True|False)\b)/,
].map(({ source }) => source).join("|"), "gm");
const SHELL_TOKENS = new RegExp([
  /(?<string>'[^']*'|"(?:[^"\\]|\\.)*")/,
  /(?<word>\b(?:awk|base64|curl|cut|exit|printf|trap)\b)/,
].map(({ source }) => source).join("|"), "g");
const KINDS = ["comment", "key", "string", "word"];

/** Colour the code in the boxes below an element, again after it has changed. */
function highlightBoxes(root) {
  if (!CSS.highlights) return;
  for (const kind of KINDS) {
    if (!CSS.highlights.has(kind)) CSS.highlights.set(kind, new Highlight());
    const highlight = CSS.highlights.get(kind);
    for (const range of highlight) if (root.contains(range.startContainer) || !range.startContainer.isConnected) highlight.delete(range);
  }
  for (const box of root.querySelectorAll(".box")) highlightBox(box);
}
function highlightBox(box) {
  const nodes = codeNodes(box.querySelector("code"));
  const text = nodes.map(({ data }) => data).join("");
  const tokens = box.dataset.language === "curl" ? SHELL_TOKENS : TOKENS;
  let node = 0, before = 0; // the first node that a token may be in, and the characters before it
  const place = (index) => {
    while (node < nodes.length - 1 && index > before + nodes[node].length) before += nodes[node++].length;
    return [nodes[node], index - before];
  };
  for (const { 0: token, index, groups } of text.matchAll(tokens)) {
    const [startContainer, startOffset] = place(index);
    const [endContainer, endOffset] = place(index + token.length);
    const kind = KINDS.find((name) => groups[name] !== undefined);
    CSS.highlights.get(kind).add(new StaticRange({ startContainer, startOffset, endContainer, endOffset }));
  }
}
/** Return the text nodes of code, but those of buttons in it. */
function codeNodes(code) {
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("button")) nodes.push(walker.currentNode);
  return nodes;
}

/** Return the text of code, with the whole of each file of which a page shows the start. */
async function wholeText(code) {
  const whole = code.cloneNode(true);
  for (const fold of whole.querySelectorAll(".folded:has(> [data-copy-url])")) {
    const url = fold.querySelector("[data-copy-url]").dataset.copyUrl;
    fold.textContent = JSON.stringify(await dataUrl(url)); // of outputs.js
  }
  for (const button of whole.querySelectorAll("button")) button.remove();
  return whole.textContent;
}

/** Add what boxes of code can do: fold, copy, colours. */
function setUpBoxes(root) {
  for (const fold of root.querySelectorAll(".box .fold[data-size]:not(:has(> button))")) setUpFold(fold);
  for (const box of root.querySelectorAll(".box:not(:has(> button))")) {
    const copy = newButton("Copy", async () => {
      let result = "Copied";
      try {
        await copyText(await wholeText(box.querySelector("code")));
      } catch {
        result = "Not copied";
      }
      announce(result);
      copy.textContent = result;
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    });
    box.append(copy);
  }
  highlightBoxes(root);
}
/** Hide all but the start of a long text. A button with its size shows it. */
function setUpFold(fold) {
  const rest = document.createElement("span");
  rest.append(...fold.childNodes);
  const show = newButton(`… ${fold.dataset.size}`, () => {
    rest.hidden = !rest.hidden;
    show.setAttribute("aria-expanded", String(!rest.hidden));
  });
  show.setAttribute("aria-label", `Show all ${fold.dataset.size}`);
  show.setAttribute("aria-expanded", "false");
  rest.hidden = true;
  fold.append(show, rest);
}
function newButton(text, action) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", action);
  return button;
}
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    if (!isCopied) throw new Error("The browser does not copy.");
  }
}
/** Tell those who hear the page. */
function announce(text) {
  const region = document.getElementById("announcements");
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 50); // so that the same text is told again
}

function setUpPage() {
  const region = document.createElement("p");
  region.id = "announcements";
  region.className = "unseen";
  region.setAttribute("role", "status");
  document.body.append(region);
  const themes = document.querySelector(".theme");
  if (themes) themes.hidden = false;
  setTheme(storedTheme());
  setUpBoxes(document);
}
document.addEventListener("change", ({ target }) => {
  if (target.name === "theme") {
    storeTheme(target.value);
    setTheme(target.value);
  }
  if (!target.matches(".tabs > input")) return;
  const before = target.getBoundingClientRect().top;
  for (const other of document.querySelectorAll(`.tabs > input[value=${target.value}]`)) {
    other.checked = true;
  }
  scrollBy({ top: target.getBoundingClientRect().top - before, behavior: "instant" });
});
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", setUpPage);
else setUpPage();
