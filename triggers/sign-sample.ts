import { createHmac, randomBytes } from "node:crypto";
import { pointerTokens } from "../json-schema/pointer.ts";
import type { Outcome, Signature, TimeUnit, TriggerPreset } from "../schemas/types/platform/trigger-preset.ts";
import { createReading, headerName } from "./reading.ts";
import { toKey, writeContent } from "./signing.ts";

export interface SampleWishes {
  /** Values of the endpoint's settings; signed with the first secret. */
  readonly settings: Readonly<Record<string, readonly string[]>>;
  readonly outcome: Outcome;
  /** Put where the sender would put it; without it the sample's own stays. */
  readonly reference?: string;
  readonly nowMs: number;
  /** The sender's id of the check. Default: a new one. The same again makes a later event of that check. */
  readonly subject?: string;
  /** What tells the event from others. Default: a new one. */
  readonly event?: string;
}

export interface SignedSample {
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * A delivery as the preset's sender would send it, made of the preset's sample alone. Sends nothing.
 *
 * @throws Error where the preset has no sample of that outcome, or no secret is given
 */
export function signSample(preset: TriggerPreset, wishes: SampleWishes): SignedSample {
  const draft = write(preset, wishes);
  const { signature, match = [] } = preset;
  for (const { from, setting } of match) put(draft, from, wishes.settings[setting]?.[0]);
  const algorithm = chooseAlgorithm(signature, draft);
  const unit = signature.timestamp?.unit;
  const timestamp = unit && String(timeIn(unit, wishes.nowMs));
  if (timestamp !== undefined && signature.timestamp?.from.startsWith("pair:") === false)
    put(draft, signature.timestamp.from, timestampAt(signature.timestamp.from, timestamp));
  if (signature.scheme !== "none")
    put(draft, signature.from ?? "header:authorization", prove(signature, { draft, wishes, timestamp, algorithm }));
  return { headers: draft.headers, body: bytesOf(draft) };
}

interface Draft {
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown>;
}

function write(
  { id, sample }: TriggerPreset,
  { outcome, reference, nowMs, subject = newId(), event = newId() }: SampleWishes,
): Draft {
  const changes = sample?.outcomes[outcome];
  if (sample === undefined || changes === undefined) throw new Error(`the preset ${id} has no sample of the outcome ${outcome}`);
  const draft: Draft = {
    headers: { "content-type": "application/json", ...(sample.headers as Record<string, string> | undefined) },
    body: structuredClone(sample.body) as Record<string, unknown>,
  };
  for (const [place, value] of Object.entries(changes)) put(draft, place, value);
  for (const [place, prefix] of Object.entries(sample.event ?? {})) put(draft, place, `${prefix}${event}`);
  for (const [place, prefix] of Object.entries(sample.subject ?? {})) put(draft, place, `${prefix}${subject}`);
  for (const [place, unit] of Object.entries(sample.times ?? {})) put(draft, place, timeIn(unit as TimeUnit, nowMs));
  if (reference !== undefined && sample.reference !== undefined) put(draft, sample.reference, reference);
  return draft;
}

interface Proof {
  readonly draft: Draft;
  readonly wishes: SampleWishes;
  readonly timestamp: string | undefined;
  readonly algorithm: string;
}

/** What stands where the signature is. */
function prove(signature: Signature, { draft, wishes, timestamp, algorithm }: Proof): string {
  const secret = wishes.settings.secret?.[0] ?? "";
  if (signature.scheme === "bearer") return `Bearer ${secret}`;
  if (signature.scheme === "basic") return `Basic ${Buffer.from(secret).toString("base64")}`;
  const rawHeaders = Object.entries(draft.headers).flat();
  const content = writeContent(signature, createReading({ rawHeaders, body: bytesOf(draft) }), () => timestamp);
  const key = toKey(secret, signature.key);
  if (content === undefined || key === undefined)
    throw new Error("the sample cannot be signed: a secret or a part of what is signed is missing");
  const hmac = createHmac(algorithm, key);
  for (const part of content) hmac.update(part);
  const digest = hmac.digest(signature.encoding ?? "hex");
  switch (signature.layout) {
    case "pairs":
      return [timestamp && `${signature.timestamp?.from.slice("pair:".length)}=${timestamp}`, `${signature.label}=${digest}`]
        .filter(Boolean)
        .join(",");
    case "tagged":
      return `${signature.label},${digest}`;
    default:
      return `${signature.prefix ?? ""}${digest}`;
  }
}

/** The first that is listed, and said where the delivery says it. */
function chooseAlgorithm({ algorithm = "sha256" }: Signature, draft: Draft): string {
  if (typeof algorithm === "string") return algorithm;
  const [named = ["", "sha256"]] = Object.entries(algorithm.values);
  put(draft, algorithm.from, named[0]);
  return named[1] as string;
}

function bytesOf({ body }: Draft): Buffer {
  return Buffer.from(JSON.stringify(body));
}

/** Null takes a header away, and stands in a body as it is. */
function put({ headers, body }: Draft, place: string, value: unknown): void {
  const name = headerName(place);
  if (name !== undefined) {
    if (value === null || value === undefined) delete headers[name];
    else headers[name] = String(value);
    return;
  }
  const tokens = pointerTokens(place);
  const last = tokens.pop() as string;
  let at = body;
  for (const token of tokens) {
    if (typeof at[token] !== "object" || at[token] === null) return;
    at = at[token] as Record<string, unknown>;
  }
  at[last] = value;
}

/** Numbers in a body, text in a header. */
function timestampAt(place: string, timestamp: string): unknown {
  return headerName(place) === undefined ? Number(timestamp) : timestamp;
}

function timeIn(unit: TimeUnit, nowMs: number): string | number {
  const iso = new Date(nowMs).toISOString();
  if (unit === "iso") return iso;
  if (unit === "utc") return iso.replace("T", " ").replace("Z", "");
  return unit === "s" ? Math.floor(nowMs / 1000) : nowMs;
}

function newId(): string {
  return randomBytes(24).toString("hex");
}
