// Pictures in their whole size, and files that the page holds: to be saved, or copied as data URLs.
// It needs base.js.
function zoom(source, name) {
  const dialog = document.createElement("dialog");
  dialog.className = "zoomed";
  dialog.setAttribute("aria-label", name);
  const picture = document.createElement("img");
  picture.src = source;
  picture.alt = name;
  dialog.append(picture, newButton("Close", () => dialog.close()));
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
async function dataUrl(address) {
  if (address.startsWith("data:")) return address;
  const blob = await (await fetch(address)).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
async function copyDataUrl(button, address) {
  const before = button.textContent;
  try {
    await copyText(await dataUrl(address));
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not copied";
  }
  announce(button.textContent);
  setTimeout(() => { button.textContent = before; }, 1500);
}
/** Add what the page can do with the files that it holds itself. */
function addActions(root) {
  for (const file of root.querySelectorAll("figure.file:not([data-ready])")) {
    file.dataset.ready = "";
    const shown = file.querySelector(".picture, audio, video");
    if (!shown) continue;
    if (shown.matches("img") && !shown.closest(".zoom")) {
      const button = newButton("", () => zoom(shown.src, shown.alt));
      button.className = "zoom";
      shown.replaceWith(button);
      button.append(shown);
    }
    if (!shown.src.startsWith("data:")) continue;
    const caption = file.querySelector("figcaption");
    if (!caption.querySelector(".download")) {
      const link = document.createElement("a");
      link.className = "download";
      link.download = caption.querySelector(".filename").textContent;
      link.href = shown.src;
      link.textContent = "Download";
      caption.append(link);
      const copy = newButton("Copy data URL", () => copyDataUrl(copy, shown.src));
      caption.append(copy);
    }
  }
}
document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy-url]");
  if (copy) copyDataUrl(copy, copy.dataset.copyUrl);
  const link = event.target.closest("a.zoom");
  if (link) {
    event.preventDefault();
    zoom(link.href, link.querySelector("img").alt);
  }
});
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => addActions(document));
else addActions(document);
