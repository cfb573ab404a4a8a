import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { isSame } from "../../json-schema/same.ts";
import { useSignedIn } from "../api/session.ts";
import type { SavedWorkflow, Workflow } from "../api/workflows.ts";
import { forgetDraft, type KeptDraft, keepDraft, readDraft } from "./draft-store.ts";

export interface Draft {
  readonly definition: Workflow;
  readonly texts: Readonly<Record<string, string>>;
  /** The version on the server that the changes began with. */
  readonly version: number;
  /** Something differs from what is saved on the server. */
  readonly isDirty: boolean;
  /** When unsaved changes were found in this browser, from when they are. */
  readonly restoredAt: string | undefined;
  /** The browser could not keep the changes. */
  readonly isUnkept: boolean;
  change(next: (definition: Workflow) => Workflow): void;
  /** Keeps a text that is no JSON yet; undefined where it has become some. */
  setText(key: string, text: string | undefined): void;
  /** The server has this now: what was changed since stays. */
  saved(workflow: SavedWorkflow, sent: Workflow): void;
  /** Drops all changes for what the server has. */
  take(workflow: SavedWorkflow): void;
}

/**
 * What somebody is editing. Every change is kept in this browser until it is saved, so that neither a reload nor the end of a session
 * loses it. Where another version has been saved meanwhile the changes stay, and saving finds out.
 */
export function useDraft(workflow: SavedWorkflow): Draft {
  const { project } = useSignedIn();
  const key = `${project.id}.${workflow.id}`;
  const [state, setState] = useState<KeptDraft & { restoredAt?: string }>(() => begin(key, workflow));
  const [isUnkept, setIsUnkept] = useState(false);
  const [base, setBase] = useState(workflow.definition);
  const texts = useMemo(() => textsOf(state), [state]);
  const isDirty = Object.keys(texts).length > 0 || !isSame(state.definition, base);
  const isFirst = useRef(true);

  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    if (isDirty) setIsUnkept(!keepDraft(key, { ...state, at: new Date().toISOString() }));
    else forgetDraft(key);
  }, [key, state, isDirty]);

  const change = useCallback((next: (definition: Workflow) => Workflow) => {
    setState((before) => ({ ...before, definition: next(before.definition) }));
  }, []);
  const setText = useCallback((name: string, text: string | undefined) => {
    setState((before) => {
      if (before.texts[name] === text) return before;
      const { [name]: _, ...others } = before.texts;
      return { ...before, texts: text === undefined ? others : { ...others, [name]: text } };
    });
  }, []);

  return {
    definition: state.definition,
    texts,
    version: state.version,
    isDirty,
    restoredAt: isDirty ? state.restoredAt : undefined,
    isUnkept,
    change,
    setText,
    saved({ definition, version }, sent) {
      setBase(definition);
      setState((before) => ({
        ...before,
        version,
        definition: isSame(before.definition, sent) ? definition : before.definition,
      }));
    },
    take({ definition, version }) {
      setBase(definition);
      setState({ definition, texts: {}, version, at: "" });
      forgetDraft(key);
    },
  };
}

/** Those of steps that are still there, and of the trigger. */
function textsOf({ texts, definition: { steps } }: KeptDraft): Readonly<Record<string, string>> {
  const isThere = (key: string) => key.startsWith("/") || steps.some(({ id }) => key.startsWith(`${id}/`));
  return Object.fromEntries(Object.entries(texts).filter(([key]) => isThere(key)));
}

function begin(key: string, { definition, version }: SavedWorkflow): KeptDraft & { restoredAt?: string } {
  const kept = readDraft(key);
  if (kept === undefined) return { definition, texts: {}, version, at: "" };
  return { ...kept, restoredAt: kept.at };
}
