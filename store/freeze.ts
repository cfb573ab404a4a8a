/** Freezes a JSON value with everything in it: what several callers get must not be changed by one of them. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
