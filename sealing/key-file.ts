import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import { underFileLock } from "../store/sqlite.ts";
import { withoutBom } from "../text/bom.ts";
import type { SealingKey } from "./encrypt.ts";
import { toKey } from "./parse-keys.ts";

const OTHERS = 0o077;
const LOCK_STALE_MS = 30_000;
/** Adding a key takes some milliseconds. */
const MUTEX_WAIT_MS = 5_000;

/**
 * Reads a key file: one `kid:base64` a line, the first is the current key; `#` starts a comment.
 *
 * @throws ConnectorError `config_invalid` where it is missing, malformed, or readable by group or others
 */
export function readKeyFile(path: string): SealingKey[] {
  assertPrivate(path);
  const lines = readText(path).split(/\r?\n/);
  const keys = lines.flatMap((line, index) => {
    const text = line.replace(/#.*/, "").trim();
    return text === "" ? [] : [toKey(text, `line ${index + 1} of ${path}`)];
  });
  if (keys.length === 0) throw new ConnectorError("config_invalid", `The key file ${path} holds no key`);
  return keys;
}

/** Says whether a key file was replaced: differs whenever it was written again. undefined where there is none. */
export function keyFileStamp(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
}

/** Makes a key file with one new key, unless there is one. Processes that start at once end up with the same file. */
export function makeKeyFile(path: string, now: () => number = Date.now): void {
  if (keyFileStamp(path) !== undefined) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = writeDraft(path, `${HEADING}${newLine(now())}\n`);
  try {
    // Unlike a rename, a link never replaces a file that another process has just put there.
    linkSync(draft, path);
    syncFolder(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Puts a new key in front of a key file: the current one from now on. Running servers notice within a second.
 *
 * One process after the other: two keys added at once would leave one of them out of the file, and everything sealed with it unreadable.
 *
 * @returns the new key's name
 * @throws ConnectorError `config_invalid` as `readKeyFile`, `conflict` while another process changes the file or where this one may not
 */
export function addKey(path: string, now: () => number = Date.now): string {
  const mutex = `${path}.mutex`;
  createFile(mutex, "a");
  try {
    return underFileLock(mutex, MUTEX_WAIT_MS, () => addKeyAlone(path, now));
  } catch (error) {
    if (isConnectorError(error, "store_unavailable")) throw beingChanged(mutex, error);
    throw error;
  }
}

function addKeyAlone(path: string, now: () => number): string {
  const lock = `${path}.lock`;
  takeLock(lock, now);
  try {
    const known = readKeyFile(path).map(({ kid }) => kid);
    const line = newLine(now(), known);
    const draft = writeDraft(path, `${HEADING}${line}\n${withoutHeading(readFileSync(path, "utf8"))}`);
    renameSync(draft, path);
    syncFolder(path);
    return line.slice(0, line.indexOf(":"));
  } finally {
    rmSync(lock, { force: true });
  }
}

const HEADING =
  "# Keys that encrypt the saved secrets; the first is the current one. Without them the secrets cannot be read: keep a copy.\n";

function withoutHeading(text: string): string {
  return text.startsWith(HEADING) ? text.slice(HEADING.length) : text;
}

function newLine(atMs: number, known: readonly string[] = []): string {
  const day = new Date(atMs).toISOString().slice(0, 10);
  const kid = `k-${day}-${randomBytes(3).toString("hex")}`;
  return known.includes(kid) ? newLine(atMs, known) : `${kid}:${randomBytes(32).toString("base64")}`;
}

function readText(path: string): string {
  try {
    return withoutBom(readFileSync(path, "utf8"));
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code;
    throw new ConnectorError("config_invalid", `The key file ${path} cannot be read (${reason})`, {}, { cause });
  }
}

function assertPrivate(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new ConnectorError("config_invalid", `There is no key file ${path}`);
  if (process.platform === "win32" || (stat.mode & OTHERS) === 0) return;
  throw new ConnectorError("config_invalid", `The key file ${path} can be read by others; run: chmod 600 ${path}`);
}

function writeDraft(path: string, text: string): string {
  const draft = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return draft;
}

/** Makes the new name of a file survive a power loss. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The lock that processes of older versions look for. Among those of this version only one is here at a time. */
function takeLock(lock: string, now: () => number): void {
  try {
    createFile(lock, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const stat = statSync(lock, { throwIfNoEntry: false });
    // One from the future was left by a clock that has been set back since.
    if (stat !== undefined && Math.abs(now() - stat.mtimeMs) < LOCK_STALE_MS) throw beingChanged(lock, error);
    rmSync(lock, { force: true });
    takeLock(lock, now);
  }
}

function createFile(path: string, flags: "a" | "wx"): void {
  try {
    closeSync(openSync(path, flags, 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM" || code === "EROFS") throw mayNotChange(path, code, error);
    throw error;
  }
}

/** Callers see the message, and need not know where the file lies: its path is in the cause alone, for the log. */
function beingChanged(lock: string, cause: unknown): ConnectorError {
  const message = `Another process is changing the key file; if none is, remove ${basename(lock)} beside it`;
  return new ConnectorError("conflict", message, {}, { cause: new Error(`about ${lock}`, { cause }) });
}

function mayNotChange(lock: string, code: string, cause: unknown): ConnectorError {
  const message = `No file may be made beside the key file (${basename(lock)}: ${code}); put a new key into its first line yourself`;
  return new ConnectorError("conflict", message, {}, { cause: new Error(`about ${lock}`, { cause }) });
}
