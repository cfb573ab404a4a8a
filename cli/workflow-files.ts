import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConnectorError } from "../errors/connector-error.ts";
import type { Workflow } from "../schemas/types/index.ts";
import { withoutBom } from "../text/bom.ts";

export interface WorkflowFile {
  readonly path: string;
  readonly definition: Workflow;
}

/** The workflows in these files, and in the `.json` files of these folders, by their paths. @throws ConnectorError `input_invalid` naming the file */
export async function readWorkflowFiles(paths: readonly string[]): Promise<WorkflowFile[]> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const read = await Promise.all(files.map(async (path) => ({ path, definition: await readWorkflow(path) })));
  for (const [at, { path, definition }] of read.entries()) {
    const earlier = read.slice(0, at).find((one) => one.definition.name === definition.name);
    if (earlier !== undefined) throw invalid(path, `it has the name "${definition.name}", as ${earlier.path} has`);
  }
  return read;
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch((cause) => {
    throw invalid(path, "it cannot be read", cause);
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => join(path, name));
}

async function readWorkflow(path: string): Promise<Workflow> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw invalid(path, "it cannot be read", cause);
  });
  try {
    return JSON.parse(withoutBom(text)) as Workflow;
  } catch (cause) {
    throw invalid(path, "it is not valid JSON", cause);
  }
}

function invalid(path: string, reason: string, cause?: unknown): ConnectorError {
  return new ConnectorError("input_invalid", `${path}: ${reason}`, {}, { cause });
}
