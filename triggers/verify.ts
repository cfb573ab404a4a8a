import { createHmac, timingSafeEqual } from "node:crypto";
import type { Algorithm, Signature, Source, TriggerPreset } from "../schemas/types/platform/trigger-preset.ts";
import type { Verification } from "../schemas/types/platform/verification.ts";
import { reveal, Secret } from "../sealing/secret.ts";
import { decide } from "./decide.ts";
import { createReading, fingerprint, type Reading, type Received, toTime } from "./reading.ts";
import { decode, toKey, writeContent } from "./signing.ts";

/** Values of an endpoint's settings, by name. Several of one are accepted while one replaces another. */
export type Settings = Readonly<Record<string, readonly (Secret | string)[]>>;

export interface Arrived extends Received {
  readonly settings: Settings;
  readonly nowMs: number;
  /** Accept what the preset does not protect at all (`scheme: "none"`). Not for production. */
  readonly allowUnsigned?: boolean;
}

/** Why a delivery was refused: for counts and tests. Whoever sent it is told nothing of it. */
export type Refusal =
  | "unsigned"
  | "signature_missing"
  | "signature_malformed"
  | "header_repeated"
  | "header_too_long"
  | "algorithm_unknown"
  | "content_unreadable"
  | "timestamp_missing"
  | "signature_wrong"
  | "setting_wrong"
  | "too_old"
  | "too_new";

/** Why a delivery with a valid signature starts nothing. Sending it again would not change that: it is kept and answered as any other. */
export type Ignored = "not_json" | "no_event_type" | "no_subject" | "unknown_event";

export type Verdict = Understood | { readonly ok: false; readonly refusal: Refusal };

export interface Understood {
  readonly ok: true;
  readonly verification: Verification;
  /** Equal for repeated deliveries of one event; of fixed length. */
  readonly key: string;
  /** The body, numbers kept exactly (connector/exact-json.ts writes them); undefined where it is not JSON. */
  readonly body: unknown;
  readonly ignored?: Ignored;
}

/** One signature that came, with the time that was signed with it, as it was sent. */
interface Given {
  readonly digest: Buffer;
  readonly timestamp?: string | undefined;
}

const MOST_SIGNATURES = 8;
const LONGEST_HEADER = 4096;
const SIZES: Readonly<Record<Algorithm, number>> = { sha256: 32, sha512: 64, sha1: 20 };
/** Stands where there is no signature or no secret to try, so that a refusal costs the same. It never verifies. */
const NO_SIGNATURE: Given = { digest: Buffer.alloc(SIZES.sha256) };
const NO_KEY = Buffer.alloc(SIZES.sha256);

/**
 * Verifies one delivery by its preset and reads what it says. Pure: reads no clock, keeps nothing.
 *
 * The signature is verified over the bytes of the body, before anything is parsed, unless the preset takes signature or signed content from within the body.
 * Every secret is tried with every signature, in constant time, whatever is wrong elsewhere. The caller has seen to method, content type, encoding and size of the body.
 */
export function verifyDelivery(preset: TriggerPreset, arrived: Arrived): Verdict {
  const reading = createReading(arrived);
  const refusal = refuse(preset, arrived, reading);
  return refusal === undefined ? understand(preset, reading) : { ok: false, refusal };
}

function refuse(preset: TriggerPreset, arrived: Arrived, reading: Reading): Refusal | undefined {
  const repeated = refuseHeaders(preset, reading);
  const proven = prove(preset, arrived, reading);
  const other = (preset.match ?? []).filter(({ from, setting }) => !isAnyOf(arrived.settings[setting], reading.at(from)));
  if (repeated !== undefined) return repeated;
  if (typeof proven === "string") return proven;
  if (other.length > 0) return "setting_wrong";
  return refuseAge(preset, arrived.nowMs, reading, proven);
}

/** Node joins a header that comes twice, and others take the first or the last: no two may read it differently. */
function refuseHeaders(preset: TriggerPreset, reading: Reading): Refusal | undefined {
  const values = [...headersOf(preset)].map((name) => reading.headers(name));
  if (values.some(({ length }) => length > 1)) return "header_repeated";
  return values.flat().some((value) => value.length > LONGEST_HEADER) ? "header_too_long" : undefined;
}

/** Every header that a preset reads, wherever it names it. */
function headersOf(preset: TriggerPreset): ReadonlySet<string> {
  const { signature, match, eventId, eventType, subject, reference, link, createdAt, test, decision } = preset;
  const read = [signature, signedIn(signature), match, eventId, eventType, subject, reference, link, createdAt, test, decision];
  return new Set([...JSON.stringify(read).matchAll(/header:([a-z0-9-]+)/g)].map(([, name]) => name as string));
}

/** Where the proof of a delivery is. */
function signedIn({ from = "header:authorization" }: Signature): string {
  return from;
}

/** The signatures that are right, or why there are none. */
function prove(preset: TriggerPreset, arrived: Arrived, reading: Reading): readonly Given[] | Refusal {
  const { signature } = preset;
  if (signature.scheme === "none") return arrived.allowUnsigned ? [NO_SIGNATURE] : "unsigned";
  const secrets = arrived.settings.secret ?? [];
  if (signature.scheme !== "hmac") return isAnyOf(secrets, tokenOf(signature, reading)) ? [NO_SIGNATURE] : "signature_wrong";
  const algorithm = algorithmOf(signature, reading);
  const taken = algorithm === undefined ? "algorithm_unknown" : takeSignatures(signature, reading, SIZES[algorithm]);
  const given = typeof taken === "string" ? [NO_SIGNATURE] : taken;
  const signed = given.map((one) => ({
    one,
    content: writeContent(signature, reading, () => timestampOf(signature, reading, one)),
  }));
  const isUnreadable = signed.some(({ content }) => content === undefined);
  const keys = secrets.length === 0 ? [undefined] : secrets.map((secret) => toKey(textOf(secret), signature.key));
  const right: Given[] = [];
  for (const key of keys) {
    for (const { one, content = [reading.bytes] } of signed) {
      const hmac = createHmac(typeof taken === "string" ? "sha256" : (algorithm as Algorithm), key ?? NO_KEY);
      for (const part of content) hmac.update(part);
      const isRight = timingSafeEqual(hmac.digest(), one.digest);
      if (isRight && key !== undefined && one !== NO_SIGNATURE) right.push(one);
    }
  }
  if (typeof taken === "string") return taken;
  if (isUnreadable) return "content_unreadable";
  return right.length > 0 ? right : "signature_wrong";
}

function algorithmOf({ algorithm = "sha256" }: Signature, reading: Reading): Algorithm | undefined {
  if (typeof algorithm === "string") return algorithm;
  const named = reading.text(algorithm.from);
  if (named === undefined) return algorithm.default;
  return Object.hasOwn(algorithm.values, named) ? algorithm.values[named] : undefined;
}

function takeSignatures(signature: Signature, reading: Reading, size: number): readonly Given[] | Refusal {
  const { layout = "plain", label, prefix = "", encoding = "hex" } = signature;
  const text = reading.at(signedIn(signature));
  if (typeof text !== "string") return "signature_missing";
  const written =
    layout === "plain" ? takePlain(text, prefix) : layout === "pairs" ? takePairs(text, signature) : takeTagged(text, label);
  if (written === undefined) return "signature_malformed";
  if (written.length === 0) return "signature_missing";
  if (written.length > MOST_SIGNATURES) return "signature_malformed";
  const given: Given[] = [];
  for (const { value, timestamp } of written) {
    const digest = decode(value, encoding);
    if (digest?.length !== size) return "signature_malformed";
    given.push({ digest, timestamp });
  }
  return given;
}

type Written = readonly { readonly value: string; readonly timestamp?: string | undefined }[];

function takePlain(text: string, prefix: string): Written | undefined {
  return text.startsWith(prefix) ? [{ value: text.slice(prefix.length) }] : undefined;
}

/** `t=1,v1=a,v1=b t=1,v1=c`: each set has its own time. */
function takePairs(text: string, { label, timestamp }: Signature): Written | undefined {
  const [, clock] = /^pair:(.*)$/.exec(timestamp?.from ?? "") ?? [];
  const written: { value: string; timestamp?: string | undefined }[] = [];
  for (const set of text.trim().split(/\s+/)) {
    const pairs = set.split(",").map((pair) => /^([^=]+)=(.*)$/.exec(pair));
    if (pairs.includes(null)) return undefined;
    const valuesOf = (name: string | undefined) => pairs.flatMap((pair) => (pair?.[1] === name ? [pair?.[2] as string] : []));
    const times = valuesOf(clock);
    if (clock !== undefined && times.length !== 1) return undefined;
    written.push(...valuesOf(label).map((value) => ({ value, timestamp: times[0] })));
  }
  return written;
}

function takeTagged(text: string, label: string | undefined): Written | undefined {
  const entries = text
    .trim()
    .split(/ +/)
    .map((entry) => /^([^,]+),(.*)$/.exec(entry));
  if (entries.includes(null)) return undefined;
  return entries.flatMap((entry) => (entry?.[1] === label ? [{ value: entry?.[2] as string }] : []));
}

function timestampOf({ timestamp }: Signature, reading: Reading, given: Given): string | undefined {
  if (timestamp === undefined) return undefined;
  return timestamp.from.startsWith("pair:") ? given.timestamp : reading.text(timestamp.from);
}

/** What a bearer's or a Basic header holds behind its first word. */
function tokenOf(signature: Signature, reading: Reading): string | undefined {
  const [, scheme, token] = /^(\S+) +(\S+)$/.exec(reading.text(signedIn(signature) as Source) ?? "") ?? [];
  if (scheme?.toLowerCase() !== signature.scheme || token === undefined) return undefined;
  return signature.scheme === "basic" ? decode(token, "base64")?.toString("utf8") : token;
}

/** Any of the signatures that are right may be fresh: of several sets each has its own time. */
function refuseAge(
  { signature, tolerance }: TriggerPreset,
  nowMs: number,
  reading: Reading,
  proven: readonly Given[],
): Refusal | undefined {
  if (tolerance === null || signature.timestamp === undefined) return undefined;
  const { unit } = signature.timestamp;
  const refusals = proven.map((one) => {
    const text = timestampOf(signature, reading, one);
    if (toTime(text, unit) === undefined) return "timestamp_missing";
    const aheadMs = Number(text) * (unit === "s" ? 1000 : 1) - nowMs;
    if (aheadMs > tolerance.future * 1000) return "too_new";
    return -aheadMs > tolerance.past * 1000 ? "too_old" : undefined;
  });
  return refusals.includes(undefined) ? undefined : refusals[0];
}

/** Compares in constant time, by fingerprints of equal length, and looks at every value. */
function isAnyOf(values: readonly (Secret | string)[] | undefined, given: unknown): boolean {
  const shown = Buffer.from(fingerprint(typeof given === "string" ? given : ""));
  const same = (values ?? [""]).filter((value) => {
    const text = textOf(value);
    return timingSafeEqual(Buffer.from(fingerprint(text)), shown) && text !== "";
  });
  return same.length > 0 && typeof given === "string";
}

/** White space around a secret was pasted with it. */
function textOf(value: Secret | string): string {
  return (value instanceof Secret ? reveal(value) : value).trim();
}

/** What a delivery says, taken for genuine: a sample, for instance. */
export function readDelivery(preset: TriggerPreset, received: Received): Understood {
  return understand(preset, createReading(received));
}

function understand(preset: TriggerPreset, reading: Reading): Understood {
  const { outcome, isKnown } = decide(preset.decision, reading);
  const textAt = (source: TriggerPreset["subject"]) => (source === undefined ? null : (reading.text(source) ?? null));
  const eventId = reading.text(preset.eventId) ?? fingerprint(reading.bytes);
  const verification: Verification = {
    provider: preset.id,
    outcome,
    reference: textAt(preset.reference),
    link: textAt(preset.link),
    subject: textAt(preset.subject),
    eventId,
    eventType: textAt(preset.eventType),
    createdAt: preset.createdAt ? (toTime(reading.text(preset.createdAt.from), preset.createdAt.unit) ?? null) : null,
    test: preset.test ? preset.test.some(({ from, equals }) => reading.at(from) === equals) : null,
  };
  const ignored = whyIgnored(preset, reading, verification, isKnown);
  const told = ignored === undefined ? verification : { ...verification, outcome: "ignored" as const };
  return { ok: true, verification: told, key: fingerprint(eventId), body: reading.body(), ...(ignored && { ignored }) };
}

function whyIgnored(
  preset: TriggerPreset,
  reading: Reading,
  { eventType, subject }: Verification,
  isKnown: boolean,
): Ignored | undefined {
  if (reading.body() === undefined) return "not_json";
  if (preset.eventType !== undefined && eventType === null) return "no_event_type";
  if (preset.subject !== undefined && subject === null) return "no_subject";
  return preset.decision.cases.length > 0 && !isKnown ? "unknown_event" : undefined;
}
