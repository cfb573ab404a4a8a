/** The text of an answer, piece by piece as separators come; what follows the last one comes at the end. Leaving early ends the request. */
export async function* readPieces(answer: Response, separator: RegExp): AsyncGenerator<Piece, void, undefined> {
  if (!answer.body) return;
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  let rest = "";
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const pieces = (rest + decoder.decode(chunk.value, { stream: true })).split(separator);
      rest = pieces.pop() ?? "";
      for (const text of pieces) yield { text, isEnded: true };
    }
    yield { text: rest, isEnded: false };
  } finally {
    await reader.cancel().catch(() => {}); // the caller has left: there is no one to report a failure to
  }
}

interface Piece {
  readonly text: string;
  /** A separator stood behind it. */
  readonly isEnded: boolean;
}
