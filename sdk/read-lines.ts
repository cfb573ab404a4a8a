import { readPieces } from "./read-pieces.ts";

/** Lines of an NDJSON answer as values, each as soon as it is there. Leaving early ends the request. */
export async function* readLines<Line>(answer: Response): AsyncGenerator<Line, void, undefined> {
  for await (const { text } of readPieces(answer, /\n/)) if (text !== "") yield JSON.parse(text) as Line;
}
