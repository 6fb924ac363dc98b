import { readFile } from "node:fs/promises";

export async function count(path, word) {
  const text = await readFile(path, "utf8");
  return text.split(/\s+/).filter((found) => found === word).length;
}

const total = await count(process.argv[2], process.argv[3] ?? "the");
console.log(`${total} times`);
