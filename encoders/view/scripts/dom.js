// Elements of a page.

/** Return a new element: `properties` are set on it, and those with a dash are attributes. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

export function button(title, onClick, properties = {}) {
  const made = element("button", { type: "button", textContent: title, ...properties });
  made.addEventListener("click", onClick);
  return made;
}

/** Put HTML of this page's server, which has escaped all that others wrote, into an element. */
export function setHtml(target, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  target.replaceChildren(template.content);
  window.setUpBoxes?.(target); // of base.js
  window.addActions?.(target); // of outputs.js
}

/** Return a number of bytes for people. */
export function bytes(size) {
  if (size < 1000) return `${size} bytes`;
  const [unit, scale] = size < 1e6 ? ["kB", 1e3] : size < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  const count = size / scale;
  return `${count < 10 ? count.toFixed(1) : Math.round(count)} ${unit}`;
}
