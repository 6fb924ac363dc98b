
const TOKENS = new RegExp([
  /(?<comment>^#.*)/,
  /(?<key>"(?:[^"\\\n]|\\.)*"(?=:))/,
  /(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`)/,
  /(?<word>\b(?:async|await|const|false|for|from|function|if|import|new|null|return|throw|true|None|True|False)\b)/,
].map(({ source }) => source).join("|"), "gm");
const SHELL_TOKENS = new RegExp([
  /(?<string>'[^']*'|"(?:[^"\\]|\\.)*")/,
  /(?<word>\b(?:awk|base64|curl|cut|printf|trap)\b)/,
].map(({ source }) => source).join("|"), "g");
if (CSS.highlights) {
  for (const kind of ["comment", "key", "string", "word"]) CSS.highlights.set(kind, new Highlight());
  for (const box of document.querySelectorAll(".box")) {
    const text = box.querySelector("code").firstChild;
    const tokens = box.dataset.language === "curl" ? SHELL_TOKENS : TOKENS;
    for (const { 0: token, index, groups } of text.data.matchAll(tokens)) {
      const range = { startContainer: text, startOffset: index, endContainer: text, endOffset: index + token.length };
      const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
      CSS.highlights.get(kind).add(new StaticRange(range));
    }
  }
}
for (const box of document.querySelectorAll(".box")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    const code = box.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  box.append(button);
}
document.addEventListener("change", ({ target }) => {
  if (target.type !== "radio") return;
  const before = target.getBoundingClientRect().top;
  for (const other of document.querySelectorAll(`input[value=${target.value}]`)) {
    other.checked = true;
  }
  scrollBy({ top: target.getBoundingClientRect().top - before, behavior: "instant" });
});
