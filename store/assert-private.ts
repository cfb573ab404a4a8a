import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { ConnectorError } from "../errors/connector-error.ts";

/** Each with the log that SQLite writes ahead, and the memory that its processes share. */
const SUFFIXES = ["", "-wal", "-shm"];
const EVERYBODY_WRITES = 0o002;
const GROUP_WRITES = 0o020;
const OTHERS = 0o077;

/**
 * Looks at which other users of this machine may reach the store. Where every user may write, any of them could create an API key: that is refused.
 * What a group may do, or others may read, may be meant (a volume's group, a backup's user), and is only said.
 *
 * @throws ConnectorError `config_invalid` saying what to change. Paths are in the cause alone: callers may see the message
 */
export function assertPrivate(dataDir: string, files: readonly string[], warn: (message: string) => void): void {
  if (process.platform === "win32") return;
  const folderMode = modeOf(dataDir) ?? 0;
  if (folderMode & EVERYBODY_WRITES) throw writable(dataDir, "The store's folder (DATA_DIR)", "chmod o-w");
  if (folderMode & GROUP_WRITES)
    warn(`The store's folder ${dataDir} may be written by its group; if that is not meant, run: chmod g-w ${dataDir}`);
  for (const path of files.flatMap((file) => SUFFIXES.map((suffix) => join(dataDir, file + suffix)))) {
    const mode = modeOf(path) ?? 0;
    if (mode & EVERYBODY_WRITES) throw writable(path, `The store's file ${basename(path)}`, "chmod 600");
    if (mode & OTHERS) warn(`The store's file ${path} is open to other users; if that is not meant, run: chmod 600 ${path}`);
  }
}

function modeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mode;
}

function writable(path: string, what: string, command: string): ConnectorError {
  const message = `${what} may be written by every user of this machine; take that away from them (${command})`;
  return new ConnectorError("config_invalid", message, {}, { cause: new Error(`run: ${command} ${path}`) });
}
