// Pictures in their whole size, and files that the page holds: to be saved, or copied as data URLs.
function zoom(source, name) {
  const dialog = document.createElement("dialog");
  dialog.className = "zoomed";
  dialog.setAttribute("aria-label", name);
  const picture = document.createElement("img");
  picture.src = source;
  picture.alt = name;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  dialog.append(picture, close);
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
    await navigator.clipboard.writeText(await dataUrl(address));
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not copied";
  }
  setTimeout(() => { button.textContent = before; }, 1500);
}
function addActions(root) {
  for (const file of root.querySelectorAll("figure.file:not([data-ready])")) {
    file.dataset.ready = "";
    const shown = file.querySelector(".picture, audio, video");
    const caption = file.querySelector("figcaption");
    if (!shown) continue;
    const name = caption.querySelector(".filename").textContent;
    if (shown.matches("img") && !shown.closest(".zoom")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "zoom";
      shown.replaceWith(button);
      button.append(shown);
    }
    if (!shown.src.startsWith("data:")) continue;
    if (!caption.querySelector(".download")) {
      const link = document.createElement("a");
      link.className = "download";
      link.download = name;
      link.href = shown.src;
      link.textContent = "Download";
      caption.append(link);
    }
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.copyUrl = shown.src;
    button.textContent = "Copy data URL";
    button.setAttribute("aria-live", "polite");
    caption.append(button);
  }
}
document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy-url]");
  if (copy) copyDataUrl(copy, copy.dataset.copyUrl);
  const holder = event.target.closest(".zoom");
  const picture = holder && holder.querySelector("img");
  if (picture) {
    event.preventDefault();
    zoom(holder.href || picture.src, picture.alt);
  }
});
addActions(document);
