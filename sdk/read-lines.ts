/** Lines of an NDJSON answer as values, each as soon as it is there. Leaving early ends the request. */
export async function* readLines<Line>(answer: Response): AsyncGenerator<Line, void, undefined> {
  if (!answer.body) return;
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  let rest = "";
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield JSON.parse(line) as Line;
    }
    if (rest !== "") yield JSON.parse(rest) as Line;
  } finally {
    await reader.cancel().catch(() => {}); // the caller has left: there is no one to report a failure to
  }
}
