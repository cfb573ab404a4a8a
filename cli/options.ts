import { InvalidArgumentError } from "commander";

/** Reads an option as a whole number within bounds; anything else is wrong usage. */
export function wholeNumber(what: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`The ${what} must be a whole number from ${min} to ${max}.`);
  };
}

/** Collects a repeated option. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
