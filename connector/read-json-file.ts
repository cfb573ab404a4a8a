import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConnectorError } from "../errors/connector-error.ts";
import { withoutBom } from "../text/bom.ts";

/** @throws ConnectorError `manifest_invalid` that names the file as `name` */
export function readJsonFile(file: string, name: string): unknown {
  try {
    return JSON.parse(withoutBom(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new ConnectorError("manifest_invalid", `${name} cannot be read as JSON`, {}, { cause });
  }
}

/** Reads a connector's files by their names in its folder; errors say `place` before them. */
export function readFrom(root: string, place = ""): (name: string) => unknown {
  return (name) => readJsonFile(join(root, name), place + name);
}
