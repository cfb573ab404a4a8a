import type { Workflow } from "../api/workflows.ts";

/** What somebody typed and did not save, as this browser keeps it. */
export interface KeptDraft {
  readonly definition: Workflow;
  /** Texts of fields that are no valid JSON yet, by step and field. */
  readonly texts: Readonly<Record<string, string>>;
  /** The version on the server that it began with. */
  readonly version: number;
  /** RFC 3339. */
  readonly at: string;
}

const PREFIX = "lever-connector.draft.";
/** Drafts that nobody came back to. */
const KEPT_MS = 60 * 86_400_000;

/** @param key - names the workflow in this browser: project and id */
export function readDraft(key: string): KeptDraft | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(PREFIX + key) ?? "null") as KeptDraft | null;
    return Array.isArray(kept?.definition?.steps) && typeof kept?.version === "number" ? (kept ?? undefined) : undefined;
  } catch {
    return undefined; // written by something else, or by hand
  }
}

/** Answers whether it is kept: a browser's store may be full or switched off. */
export function keepDraft(key: string, draft: KeptDraft): boolean {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(draft));
    return true;
  } catch {
    forgetOld();
    return false;
  }
}

export function forgetDraft(key: string): void {
  localStorage.removeItem(PREFIX + key);
}

function forgetOld(): void {
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
    const at = Date.parse(readDraft(name.slice(PREFIX.length))?.at ?? "");
    if (!(Date.now() - at < KEPT_MS)) localStorage.removeItem(name);
  }
}
