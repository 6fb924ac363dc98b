// Calls endpoints with the @gradio/client that is installed in the working folder.
//
// `node call.mjs REQUEST ANSWER`: the two files have the same JSON as those of call.py.

import { File } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const [request, answer] = process.argv.slice(2);
const { url, folder, calls } = JSON.parse(await readFile(request, "utf8"));
const gradio = await import(entryPoint("@gradio/client"));
const app = await (gradio.Client ? gradio.Client.connect(url) : gradio.client(url));

let downloads = 0;
const answers = {};
for (const call of calls) {
  await fetch(`${url}/recorder/${call.name}`);
  answers[call.name] = await callEndpoint(call);
}
await writeFile(answer, JSON.stringify(answers));
process.exit(0); // the heartbeat connection of the client stays open

function entryPoint(name) {
  const here = createRequire(join(process.cwd(), "node_modules", "here.js"));
  // Old releases cannot be loaded by require(), and new ones give require() a different build.
  const folder = join(process.cwd(), "node_modules", name);
  const { main, module } = here(join(folder, "package.json"));
  return pathToFileURL(join(folder, module ?? main));
}

async function callEndpoint({ endpoint, inputs }) {
  try {
    const { data } = await app.predict(endpoint, await loadFiles(inputs));
    return { outputs: await downloadFiles(data) };
  } catch (error) {
    return { error: error?.stack ?? JSON.stringify(error) };
  }
}

// Replaces each marked path by a File with its name ($file), by the path ($path), or by its bytes
// ($bytes). Releases before 1.0 accept no paths; they get the bytes for $path, too.
async function loadFiles(value) {
  if (Array.isArray(value)) return mapInOrder(value, loadFiles);
  if (value === null || typeof value !== "object") return value;
  const wrap = gradio.handle_file ?? ((file) => file);
  if ("$path" in value && gradio.handle_file) return wrap(value.$path);
  if ("$file" in value) return wrap(new File([await readFile(value.$file)], basename(value.$file)));
  if ("$path" in value || "$bytes" in value) return wrap(await readFile(Object.values(value)[0]));
  return mapValues(value, loadFiles);
}

// Downloads each file of the answer from the URL that the client returns, and marks its path.
async function downloadFiles(value) {
  if (Array.isArray(value)) return mapInOrder(value, downloadFiles);
  if (value === null || typeof value !== "object") return value;
  if (value.is_file && value.data) return download(value.data);
  const isFile = value.meta?._type === "gradio.FileData" && typeof value.path === "string";
  if (isFile) return download(value.url);
  return mapValues(value, downloadFiles);
}

async function download(fileUrl) {
  const response = await fetch(fileUrl);
  if (!response.ok) throw new Error(`HTTP ${response.status} for ${fileUrl}`);
  const path = join(folder, `${downloads++}-${basename(new URL(fileUrl).pathname).slice(-100)}`);
  await writeFile(path, new Uint8Array(await response.arrayBuffer()));
  return { $file: path };
}

async function mapValues(object, convert) {
  const convertEntry = async ([key, item]) => [key, await convert(item)];
  return Object.fromEntries(await mapInOrder(Object.entries(object), convertEntry));
}

async function mapInOrder(items, convert) {
  const converted = [];
  for (const item of items) converted.push(await convert(item));
  return converted;
}
