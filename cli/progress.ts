import type { Io } from "./io.ts";

export interface Progress {
  update(done: number, total?: number): void;
  /** May be called twice. */
  stop(): void;
}

const SILENT: Progress = { update() {}, stop() {} };

/** A bar on stderr where a person watches; nothing in scripts, pipes and logs. */
export async function openProgress(io: Io, unit: string): Promise<Progress> {
  if (!io.stderr.isTTY) return SILENT;
  const { Presets, SingleBar } = await import("cli-progress");
  const stream = io.stderr as NodeJS.WriteStream;
  const bar = new SingleBar({ stream, hideCursor: true, clearOnComplete: true, format: formatFor }, Presets.shades_classic);
  bar.start(0, 0);
  return {
    update(done, total) {
      bar.setTotal(total ?? 0);
      bar.update(done);
    },
    stop() {
      bar.stop();
    },
  };

  function formatFor(_options: unknown, { value, total }: { value: number; total: number }): string {
    if (total === 0) return `${value} ${unit} so far`;
    const filled = Math.round((value / total) * WIDTH);
    return `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ${Math.floor((value / total) * 100)}% ${value}/${total} ${unit}`;
  }
}

const WIDTH = 30;
