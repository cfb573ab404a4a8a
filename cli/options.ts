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

/** For how long a secret that was replaced still counts. */
export function keptSeconds(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) <= 604_800) return Number(text);
  throw new InvalidArgumentError("It must be a whole number of seconds, a week at most.");
}
