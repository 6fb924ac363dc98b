// Calls endpoints with the @gradio/client that is in the folder that this runs in.
//
// `node call.mjs REQUEST ANSWER`, with the same two files as of call.py.

import { File } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const [request, answer] = process.argv.slice(2);
const { url, folder, calls } = JSON.parse(await readFile(request, "utf8"));
const gradio = await import(installed("@gradio/client"));
const app = await (gradio.Client ? gradio.Client.connect(url) : gradio.client(url));

let downloads = 0;
const answers = {};
for (const call of calls) {
  await fetch(`${url}/recorder/${call.name}`);
  answers[call.name] = await answered(call);
}
await writeFile(answer, JSON.stringify(answers));
process.exit(0); // the connection that shows that this client is alive stays open

function installed(name) {
  const here = createRequire(join(process.cwd(), "node_modules", "here.js"));
  // An old release can be imported only, and a new one is another program where it is required.
  const folder = join(process.cwd(), "node_modules", name);
  const { main, module } = here(join(folder, "package.json"));
  return pathToFileURL(join(folder, module ?? main));
}

async function answered({ endpoint, inputs }) {
  try {
    const { data } = await app.predict(endpoint, await withFiles(inputs));
    return { outputs: await withoutFiles(data) };
  } catch (error) {
    return { error: error?.stack ?? JSON.stringify(error) };
  }
}

// Each marked path as a file that has its name, as the path alone, or as bytes. Before 1.0 the last
// two are the same, for there paths are not taken.
async function withFiles(value) {
  if (Array.isArray(value)) return inTurn(value, withFiles);
  if (value === null || typeof value !== "object") return value;
  const handled = gradio.handle_file ?? ((file) => file);
  if ("$path" in value && gradio.handle_file) return handled(value.$path);
  if ("$file" in value) return handled(new File([await readFile(value.$file)], basename(value.$file)));
  if ("$path" in value || "$bytes" in value) return handled(await readFile(Object.values(value)[0]));
  return entries(value, withFiles);
}

// Each file that the answer refers to, fetched from where the client says that it is.
async function withoutFiles(value) {
  if (Array.isArray(value)) return inTurn(value, withoutFiles);
  if (value === null || typeof value !== "object") return value;
  if (value.is_file && value.data) return fetched(value.data);
  const isFile = value.meta?._type === "gradio.FileData" && typeof value.path === "string";
  if (isFile) return fetched(value.url);
  return entries(value, withoutFiles);
}

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`HTTP ${response.status} for ${address}`);
  const path = join(folder, `${downloads++}-${basename(new URL(address).pathname).slice(-100)}`);
  await writeFile(path, new Uint8Array(await response.arrayBuffer()));
  return { $file: path };
}

async function entries(value, change) {
  const pairs = await inTurn(Object.entries(value), async ([key, item]) => [key, await change(item)]);
  return Object.fromEntries(pairs);
}

async function inTurn(items, change) {
  const changed = [];
  for (const item of items) changed.push(await change(item));
  return changed;
}
