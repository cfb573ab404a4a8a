import { inspect } from "node:util";

const values = new WeakMap<Secret, string>();

/**
 * A value that nothing prints: `toString`, `toJSON` and `util.inspect` give `[secret]`, structured clone and spread give nothing.
 * It is opened where it leaves (signing, the token endpoint), where it is sealed, and where its form is checked on entry.
 */
export class Secret {
  constructor(value: string) {
    values.set(this, value);
    Object.freeze(this);
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** Opens a secret. Every caller of this function is a place to audit. */
export function reveal(secret: Secret): string {
  const value = values.get(secret);
  if (value === undefined) throw new Error("not a Secret of this process");
  return value;
}
