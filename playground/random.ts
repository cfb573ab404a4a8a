/** Bound once: in a test's own context each look-up of a global costs more than the arithmetic. */
const { floor, imul } = Math;

/** A source of numbers in [0, 1) that repeats exactly for the same seed. */
export type Random = () => number;

/** mulberry32: small, fast and good enough for sample data. Never used for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An independent stream of the same seed, so that adding users does not change the candidates. */
export function createStream(seed: number, stream: string): Random {
  let hash = 2_166_136_261 ^ seed;
  for (const char of stream) hash = imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  return createRandom(hash);
}

export function integer(random: Random, from: number, to: number): number {
  return from + floor(random() * (to - from + 1));
}

export function pick<T>(random: Random, values: readonly T[]): T {
  return values[floor(random() * values.length)] as T;
}

const HEX = Buffer.from("0123456789abcdef");
const DASHES = new Set([8, 13, 18, 23]);

/**
 * A UUID of version 4 in form, repeatable in value.
 *
 * Written through a buffer: joined from pieces, the engine would keep the pieces, five times the memory of the text.
 */
export function uuid(random: Random): string {
  const text = Buffer.allocUnsafe(36);
  let bits = 0;
  for (let index = 0; index < 36; index++) {
    if (index % 6 === 0) bits = floor(random() * 16_777_216);
    text[index] = DASHES.has(index) ? 45 : (HEX[bits & 15] as number);
    bits >>>= 4;
  }
  text[14] = 52;
  text[19] = HEX[8 | ((text[19] as number) & 3)] as number;
  return text.toString("latin1");
}
