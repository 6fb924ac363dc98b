// Pictures from the camera, sounds from the microphone, videos from both.

import { button, element } from "./dom.js";

// What each kind of field takes, and the source that a server names for it.
const CAPTURES = {
  picture: { title: "Take a picture", source: "webcam", wants: { video: true } },
  pair: { title: "Take a picture", source: "webcam", wants: { video: true } },
  video: { title: "Record a video", source: "webcam", wants: { video: true, audio: true } },
  sound: { title: "Record a sound", source: "microphone", wants: { audio: true } },
};

/** Offer what the browser has and the server allows; `add` gets the file that is made. */
export function addCaptures(slot, kind, add) {
  const capture = CAPTURES[kind];
  const isAllowed = capture && slot.dataset.sources.split(" ").includes(capture.source);
  if (!isAllowed || !navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return;
  const start = button(capture.title, () => open(start, capture, add));
  slot.querySelector(".captures").append(start);
}

async function open(start, { title, wants }, add) {
  const say = element("p", { role: "status", className: "info" });
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(wants);
  } catch (error) {
    say.textContent = `The browser gives no ${wants.video ? "camera" : "microphone"}: ${error.message}`;
    start.after(say);
    setTimeout(() => say.remove(), 8000);
    return;
  }
  const dialog = element("dialog", { className: "capture", "aria-label": title });
  const finish = () => {
    for (const track of stream.getTracks()) track.stop();
    dialog.remove();
    start.focus();
  };
  const close = button("Cancel", () => dialog.close());
  const isStill = title === CAPTURES.picture.title;
  const buttons = element("div", { className: "buttons" });
  if (wants.video) {
    const live = element("video", { srcObject: stream, muted: true, autoplay: true, playsInline: true });
    dialog.append(live);
    if (isStill) buttons.append(button("Take it", async () => {
      add([await still(live)], { recorded: true });
      dialog.close();
    }, { className: "primary" }));
  }
  if (!isStill) buttons.append(recordButton(stream, say, (file) => {
    add([file], { recorded: true });
    dialog.close();
  }));
  buttons.append(close);
  dialog.append(say, buttons);
  dialog.addEventListener("close", finish);
  document.body.append(dialog);
  dialog.showModal();
}

async function still(live) {
  if (!live.videoWidth) await new Promise((resolve) => { live.addEventListener("loadeddata", resolve, { once: true }); });
  const canvas = element("canvas", { width: live.videoWidth, height: live.videoHeight });
  canvas.getContext("2d").drawImage(live, 0, 0);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  return new File([blob], "camera.png", { type: blob.type });
}

function recordButton(stream, say, done) {
  const recorder = new MediaRecorder(stream);
  const parts = [];
  let clock;
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const made = button("Start", () => {
    if (recorder.state === "recording") {
      clearInterval(clock);
      recorder.addEventListener("stop", () => {
        const type = recorder.mimeType.split(";")[0];
        done(new File(parts, `recording.${type.split("/")[1]}`, { type }));
      });
      recorder.stop();
      return;
    }
    recorder.start();
    made.textContent = "Stop and use it";
    const began = performance.now();
    say.textContent = "Recording";
    const seconds = element("span");
    say.after(seconds);
    clock = setInterval(() => { seconds.textContent = `${Math.round((performance.now() - began) / 1000)} s`; }, 500);
  }, { className: "primary" });
  return made;
}
