import { describe } from "@jest/globals";
import { findMongod, HOW_TO_GET_MONGOD } from "./mongod.ts";

/**
 * Describes a suite that needs a MongoDB server. Where there is none it is skipped, and says so; with `CI` set it fails instead.
 */
export function describeWithMongod(title: string, body: () => void): void {
  const found = findMongod();
  if (!found && process.env.CI) throw new Error(`"${title}" needs a MongoDB server: ${HOW_TO_GET_MONGOD}`);
  if (!found) console.warn(`SKIPPED: "${title}" needs a MongoDB server: ${HOW_TO_GET_MONGOD}`);
  (found ? describe : describe.skip)(title, body);
}
