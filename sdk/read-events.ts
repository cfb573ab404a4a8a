/** The data of server-sent events as values, each as soon as it is there; comments are passed over. Leaving early ends the request. */
export async function* readEvents<Data>(answer: Response): AsyncGenerator<Data, void, undefined> {
  if (!answer.body) return;
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  let rest = "";
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const events = (rest + decoder.decode(chunk.value, { stream: true })).split(/\r?\n\r?\n/);
      rest = events.pop() ?? "";
      for (const event of events) {
        const data = dataOf(event);
        if (data !== "") yield JSON.parse(data) as Data;
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // the caller has left: there is no one to report a failure to
  }
}

function dataOf(event: string): string {
  const lines = event.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}
