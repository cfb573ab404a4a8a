import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { packageRoot } from "../connector/package-root.ts";
import { readFrom } from "../connector/read-json-file.ts";
import { ConnectorError, type Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import type { TriggerPreset } from "../schemas/types/platform/trigger-preset.ts";
import { findPresetIssues } from "./check-preset.ts";

const FOLDER = "triggers/presets";

export interface Presets {
  /** Those that are shipped, by id, in the order of their titles. */
  readonly shipped: ReadonlyMap<string, TriggerPreset>;
  /** A preset of a user's own, kept with its endpoint. @throws ConnectorError `input_invalid` with `details.issues` */
  own(preset: unknown): TriggerPreset;
}

/** Reads every shipped preset. @throws ConnectorError `manifest_invalid` that names the file where one is wrong */
export function loadPresets(root: string = packageRoot()): Presets {
  const read = readFrom(root);
  const schema = read("schemas/platform/trigger-preset.json") as JsonSchema;
  const files = readdirSync(join(root, FOLDER)).filter((file) => file.endsWith(".json"));
  const presets = files.map((file) => {
    const preset = read(`${FOLDER}/${file}`);
    const [issue] = [...findPresetIssues(schema, preset), ...nameIssues(preset, file)];
    if (issue !== undefined) throw invalid("manifest_invalid", `${FOLDER}/${file}`, [issue]);
    return preset as TriggerPreset;
  });
  presets.sort((one, other) => one.title.localeCompare(other.title, "en"));
  return {
    shipped: new Map(presets.map((preset) => [preset.id, preset])),
    own(preset) {
      const issues = findPresetIssues(schema, preset);
      if (issues.length > 0) throw invalid("input_invalid", "the preset", issues);
      return preset as TriggerPreset;
    },
  };
}

function nameIssues(preset: unknown, file: string): Issue[] {
  const isNamed = (preset as { id?: unknown }).id === basename(file, ".json");
  return isNamed ? [] : [{ pointer: "/id", keyword: "reference", message: "is not the name of its file" }];
}

function invalid(code: "manifest_invalid" | "input_invalid", name: string, issues: readonly Issue[]): ConnectorError {
  const [first] = issues;
  return new ConnectorError(code, `${name} is not valid: ${first?.pointer || "/"} ${first?.message}`, { issues });
}
