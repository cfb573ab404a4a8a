import { readPieces } from "./read-pieces.ts";

/** The data of server-sent events as values, each as soon as it is there; comments, and an event that was cut off, are passed over. Leaving early ends the request. */
export async function* readEvents<Data>(answer: Response): AsyncGenerator<Data, void, undefined> {
  for await (const { text, isEnded } of readPieces(answer, /\r?\n\r?\n/)) {
    const data = isEnded ? dataOf(text) : "";
    if (data !== "") yield JSON.parse(data) as Data;
  }
}

function dataOf(event: string): string {
  const lines = event.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}
