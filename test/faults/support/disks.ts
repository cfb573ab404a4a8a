import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { itWith } from "../../support/it-with.ts";

const ROOT = join(import.meta.dirname, "../../..");

export interface SmallDisk {
  readonly folder: string;
  /** Takes all the space that is left. */
  fill(): void;
  /** Gives it back. */
  empty(): void;
  unmount(): void;
}

/** The store's files take up to 5 MB before any data is in them (its logs grow to that before they begin again); what writers save comes on top. */
const SMALL_DISK_MB = 32;

/** A small file system in memory. */
export function mountSmallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "small-disk-"));
  if (!succeeds("mount", "-t", "tmpfs", "-o", `size=${SMALL_DISK_MB}m,mode=0700`, "tmpfs", folder)) {
    rmSync(folder, { recursive: true });
    throw new Error("a tmpfs cannot be mounted here");
  }
  const filler = join(folder, "filler");
  return {
    folder,
    fill() {
      const { bavail, bsize, blocks } = statfsSync(folder);
      // What fills the disk must be what `empty` takes away again, and not the test's own writing.
      if (bavail < blocks / 2) throw new Error("the disk was half full already: too small for what this test writes");
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    empty: () => rmSync(filler, { force: true }),
    unmount() {
      execFileSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

export interface FailingDisk {
  readonly folder: string;
  /** What Linux does when a disk fails: the file system turns read-only under those who have its files open. */
  fail(): void;
  /** Checks and mounts it again. */
  mend(): void;
  unmount(): void;
}

/** An ext4 in a file. */
export function mountFailingDisk(): FailingDisk {
  const home = mkdtempSync(join(tmpdir(), "failing-disk-"));
  let image = join(home, "image");
  const folder = join(home, "disk");
  mkdirSync(folder);
  const mount = () => succeeds("mount", "-o", "loop", image, folder);
  writeFileSync(image, Buffer.alloc(24 * 1024 * 1024));
  if (!succeeds("mkfs.ext4", "-q", image) || !mount()) {
    rmSync(home, { recursive: true });
    throw new Error("an ext4 in a file cannot be mounted here");
  }
  return {
    folder,
    fail: () => void execFileSync("mount", ["-o", "remount,abort", folder]),
    mend() {
      execFileSync("umount", ["-l", folder]);
      // A copy: while somebody still has the failed one's files open, mounting it again gives the same failed file system.
      copyFileSync(image, `${image}.mended`);
      image = `${image}.mended`;
      succeeds("e2fsck", "-fy", image);
      if (!mount()) throw new Error("the disk could not be mounted again");
    },
    unmount() {
      execFileSync("umount", ["-l", folder]);
      rmSync(home, { recursive: true });
    },
  };
}

/** `it` where this user may mount a tmpfs. */
export const itWithSmallDisk = itWith(can(mountSmallDisk), "the right to mount a tmpfs");
/** `it` where this user may mount, and there are loop devices. */
export const itWithFailingDisk = itWith(can(mountFailingDisk), "the right to mount, and loop devices");

function can(mount: () => { unmount(): void }): boolean {
  try {
    mount().unmount();
    return true;
  } catch {
    return false; // said by itWith
  }
}

const HOLD = `
const Database = require("libsql");
const database = new Database(process.argv[1]);
database.exec("PRAGMA busy_timeout = 10000");
database.exec("BEGIN EXCLUSIVE");
process.stdout.write("held");
setInterval(() => {}, 1000);
`;

/** Another process takes the write lock of a SQLite file and keeps it until `release`. */
export async function holdLock(file: string): Promise<{ release(): Promise<void> }> {
  const child = spawn(process.execPath, ["-e", HOLD, file], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), ended.then(() => Promise.reject(new Error("the lock was not to be had")))]);
  return {
    async release() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function succeeds(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false; // not permitted, or not there
  }
}
