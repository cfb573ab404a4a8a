import { randomUUID } from "node:crypto";
import { createRandom, type Random } from "./random.ts";

/** Which requests a fault strikes. Everything left out matches. */
export interface FaultMatch {
  method?: string;
  /** A regular expression, tested on the path without query: `/addTags$`. */
  pathPattern?: string;
  /** Strike from the n-th matching request on, the first being 1. */
  nth?: number;
  /** How often to strike in all. Default: once when `nth` is given, else always. */
  times?: number;
  /** Of the matching requests, this share, chosen repeatably by `seed`. */
  probability?: number;
  seed?: number;
}

interface Timing {
  /** Wait before anything is applied. The effect still happens if the client gives up meanwhile. */
  delayBeforeMs?: number;
  /** Wait between applying and answering. */
  delayAfterMs?: number;
}

interface Canned {
  /** Apply the request's effect first, then answer this instead. Default: nothing is applied. */
  afterApply?: boolean;
}

/** What happens to a struck request. Actions without `afterApply` apply the request and spoil its answer. */
export type FaultAction = Timing &
  (
    | { kind: "delay" }
    | ({ kind: "respond"; status: number; body?: unknown; headers?: Record<string, string> } & Canned)
    /** `mid-body` promises the whole body and cuts after `afterBytes` (default: half). */
    | { kind: "reset"; when: "before-apply" | "after-apply" | "mid-body"; afterBytes?: number }
    /** Promises more than it sends and closes in good order. */
    | { kind: "short-body"; missingBytes?: number }
    | { kind: "slow-body"; bytesPerSecond: number }
    | ({ kind: "endless-body" } & Canned)
    | ({ kind: "endless-headers"; intervalMs?: number } & Canned)
    | { kind: "truncated-json"; bytes?: number }
    | ({ kind: "deep-json"; depth: number } & Canned)
    | ({ kind: "huge-body"; bytes: number } & Canned)
    | ({ kind: "html"; status?: number; body?: string } & Canned)
    | { kind: "content-type"; value: string }
    /** Encodes though identity was asked for; `layers` times over. */
    | { kind: "gzip"; layers?: number }
    | ({ kind: "gzip-bomb"; bytes: number } & Canned)
    | ({ kind: "redirect"; to: string; status?: number } & Canned)
    | { kind: "replace-body"; body: unknown }
    /** Takes top-level members out of the JSON answer and sets others. */
    | { kind: "edit-json"; remove?: string[]; set?: Record<string, unknown> }
  );

export interface FaultSpec {
  match?: FaultMatch;
  action: FaultAction;
}

interface Fault extends FaultSpec {
  id: string;
  /** Requests that matched, and how many of them were struck. */
  seen: number;
  struck: number;
}

export interface Faults {
  add(specs: readonly FaultSpec[]): Fault[];
  list(): Fault[];
  clear(): void;
  /** The first fault that strikes this request. Counting it is part of asking. */
  strike(method: string, path: string): Fault | undefined;
}

interface Armed {
  fault: Fault;
  pattern: RegExp | undefined;
  random: Random;
}

/** Scripted failures, on every path but `/_playground`. */
export function createFaults(): Faults {
  let armed: Armed[] = [];

  function add(specs: readonly FaultSpec[]): Fault[] {
    const added = specs.map(arm);
    armed.push(...added);
    return added.map(({ fault }) => fault);
  }

  return {
    add,
    list: () => armed.map(({ fault }) => fault),
    clear: () => {
      armed = [];
    },
    strike: (method, path) => armed.find((candidate) => strikes(candidate, method, path))?.fault,
  };
}

function arm(spec: FaultSpec): Armed {
  const { match = {}, action } = spec;
  const pattern = match.pathPattern === undefined ? undefined : new RegExp(match.pathPattern);
  return { fault: { id: randomUUID(), match, action, seen: 0, struck: 0 }, pattern, random: createRandom(match.seed ?? 1) };
}

function strikes({ fault, pattern, random }: Armed, method: string, path: string): boolean {
  const { match = {} } = fault;
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  if (pattern !== undefined && !pattern.test(path)) return false;
  fault.seen += 1;
  if (fault.seen < (match.nth ?? 1)) return false;
  if (fault.struck >= (match.times ?? (match.nth === undefined ? Number.POSITIVE_INFINITY : 1))) return false;
  if (match.probability !== undefined && random() >= match.probability) return false;
  fault.struck += 1;
  return true;
}

/** Whether the request is carried out before the fault shows. */
export function isApplied(action: FaultAction): boolean {
  if (action.kind === "reset") return action.when !== "before-apply";
  return CANNED.includes(action.kind) ? "afterApply" in action && action.afterApply === true : true;
}

const CANNED: readonly FaultAction["kind"][] = [
  "respond",
  "endless-body",
  "endless-headers",
  "deep-json",
  "huge-body",
  "html",
  "gzip-bomb",
  "redirect",
];
