import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConnectorError } from "../errors/connector-error.ts";
import { withoutBom } from "../text/bom.ts";
import { whereJsonBreaks } from "../text/json-place.ts";

/** @throws ConnectorError `manifest_invalid` that names the file as `name`, and the line where it is no JSON */
export function readJsonFile(file: string, name: string): unknown {
  const text = readText(file, name);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConnectorError("manifest_invalid", `${name} is not JSON: ${whereJsonBreaks(text)}`, {}, { cause });
  }
}

/** Reads a connector's files by their names in its folder; errors say `place` before them. */
export function readFrom(root: string, place = ""): (name: string) => unknown {
  return (name) => readJsonFile(join(root, name), place + name);
}

function readText(file: string, name: string): string {
  try {
    return withoutBom(readFileSync(file, "utf8"));
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? ": there is no such file" : "";
    throw new ConnectorError("manifest_invalid", `${name} cannot be read${why}`, {}, { cause });
  }
}
