import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { keepNewest } from "../keep-newest.ts";
import type { Grant } from "./access-tokens.ts";

const DAY_MS = 86_400_000;
const LIFETIME_MS = 365 * DAY_MS;
const IDLE_MS = 90 * DAY_MS;

/** A consent beyond these is known by its tokens alone, as after a restart. */
const KEPT = 10_000;

/** All refresh tokens that grew out of one consent. Only the newest is good. */
interface Family {
  id: string;
  grant: Grant;
  startedAt: number;
  rotation: number;
  rotatedAt: number;
  revoked: boolean;
}

/** What a token says about itself, signed: enough to resume after a restart. */
interface Content {
  family: string;
  rotation: number;
  grant: Grant;
  startedAt: number;
  issuedAt: number;
}

type Rotation =
  | { state: "rotated"; grant: Grant; refreshToken: string }
  | { state: "reused"; familyRevoked: boolean }
  | { state: "refused" };

export interface RefreshTokens {
  start(grant: Grant): { familyId: string; refreshToken: string };
  rotate(refreshToken: string, clientId: string): Rotation;
  revokeFamily(id: string): void;
  /** Revokes every family known here; the number of them. */
  revokeAll(): number;
}

export interface RefreshTokenOptions {
  signingKey: Buffer;
  now: () => number;
  reuse: "revoke_family" | "refuse";
  graceMs: number;
}

export function createRefreshTokens(options: RefreshTokenOptions): RefreshTokens {
  const { signingKey, now } = options;
  const families = new Map<string, Family>();

  function start(grant: Grant): { familyId: string; refreshToken: string } {
    const at = now();
    const id = randomBytes(12).toString("hex");
    const family = { id, grant, startedAt: at, rotation: 0, rotatedAt: at, revoked: false };
    remember(family);
    return { familyId: id, refreshToken: write(family) };
  }

  function remember(family: Family): void {
    families.set(family.id, family);
    keepNewest(families, KEPT);
  }

  function write(family: Family): string {
    const { id, grant, startedAt, rotation } = family;
    const content = { family: id, rotation, grant, startedAt, issuedAt: now(), nonce: randomBytes(8).toString("hex") };
    const text = Buffer.from(JSON.stringify(content)).toString("base64url");
    return `v1.${text}.${seal(signingKey, text).toString("base64url")}`;
  }

  function rotate(refreshToken: string, clientId: string): Rotation {
    const content = read(signingKey, refreshToken);
    if (content === undefined || content.grant.clientId !== clientId || hasDied(content, now())) return { state: "refused" };
    const family = families.get(content.family) ?? adopt(content);
    if (family.revoked) return { state: "refused" };
    if (content.rotation === family.rotation) return advance(family);
    const inGrace = content.rotation === family.rotation - 1 && now() - family.rotatedAt <= options.graceMs;
    // A sibling of the newest token: both are good until one of them is used.
    if (inGrace && options.graceMs > 0) return { state: "rotated", grant: family.grant, refreshToken: write(family) };
    if (options.reuse === "revoke_family") family.revoked = true;
    return { state: "reused", familyRevoked: family.revoked };
  }

  function advance(family: Family): Rotation {
    family.rotation += 1;
    family.rotatedAt = now();
    return { state: "rotated", grant: family.grant, refreshToken: write(family) };
  }

  /** A family of an earlier run of this playground: believed at the rotation first shown. */
  function adopt({ family: id, grant, startedAt, rotation, issuedAt }: Content): Family {
    const family = { id, grant, startedAt, rotation, rotatedAt: issuedAt, revoked: false };
    remember(family);
    return family;
  }

  function revokeFamily(id: string): void {
    const family = families.get(id);
    if (family !== undefined) family.revoked = true;
  }

  function revokeAll(): number {
    const living = [...families.values()].filter((family) => !family.revoked);
    for (const family of living) family.revoked = true;
    return living.length;
  }

  return { start, rotate, revokeFamily, revokeAll };
}

/** One year in all, or 90 days without use (lever-api.md §1.3). */
function hasDied(content: Content, now: number): boolean {
  return now - content.startedAt > LIFETIME_MS || now - content.issuedAt > IDLE_MS;
}

function read(signingKey: Buffer, refreshToken: string): Content | undefined {
  const [version, text = "", signature = ""] = refreshToken.split(".");
  const expected = seal(signingKey, text);
  const actual = Buffer.from(signature, "base64url");
  if (version !== "v1" || actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined;
  return JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as Content;
}

function seal(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(`refresh.${text}`).digest();
}
