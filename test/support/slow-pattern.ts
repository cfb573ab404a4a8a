const LENGTH = 10_000;
const LIMIT_MS = 20;

const PIECES = [
  "a",
  "A1-_",
  "0",
  "/",
  "/a",
  "a/",
  "-",
  ".",
  " ",
  "\u00a0",
  " a",
  "a ",
  "%",
  "é",
  "https://a",
  "http://localhost",
  ":",
  ":a",
  "a:a",
  "_a",
  "{a}",
  "a@",
  "a.a",
  "\u0000",
  "\ud800",
];
const ENDINGS = ["", "\u0000", "!", "\n", " ", "/"];

/**
 * The text on which a pattern takes far longer than a linear search would; undefined for a harmless one. A quadratic pattern
 * takes hundreds of milliseconds at this length, a linear one a fraction of one. Slow runs are repeated: the machine may be busy.
 */
export function slowText(matches: (text: string) => unknown): string | undefined {
  for (const piece of PIECES) {
    for (const ending of ENDINGS) {
      const text = piece.repeat(Math.ceil(LENGTH / piece.length)) + ending;
      if ([1, 2, 3].every(() => elapsedMs(() => matches(text)) > LIMIT_MS)) return JSON.stringify(`${piece}…${ending}`);
    }
  }
  return undefined;
}

function elapsedMs(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
