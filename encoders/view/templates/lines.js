// Newline-delimited JSON as it arrives.

/** Yield the value of each line of a stream. */
export async function* readLines(stream) {
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
