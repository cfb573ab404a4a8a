import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { LineOf } from "../../sdk/index.ts";
import { stream } from "../api/client.ts";
import { type ResealReport, sealingKeysQuery } from "../api/sealing-keys.ts";

export type Reseal =
  | { readonly state: "idle" }
  | { readonly state: "running"; readonly done: number; readonly total: number; readonly wantsNewKey: boolean }
  | { readonly state: "stopped"; readonly done: number; readonly total: number }
  | { readonly state: "finished"; readonly report: ResealReport; readonly wantsNewKey: boolean }
  | { readonly state: "failed"; readonly error: unknown; readonly wantsNewKey: boolean };

type Line = LineOf<"POST /api/v1/settings/keys/rotate">;

/** Re-encrypts every value with the current key, showing progress. Stopped, it has lost nothing: started again, it resumes. */
export function useReseal() {
  const queries = useQueryClient();
  const [reseal, setReseal] = useState<Reseal>({ state: "idle" });
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  async function start(wantsNewKey: boolean) {
    if (running.current) return;
    const abort = new AbortController();
    running.current = abort;
    setReseal({ state: "running", done: 0, total: 0, wantsNewKey });
    try {
      await follow(stream("POST /api/v1/settings/keys/rotate", { body: { newKey: wantsNewKey }, signal: abort.signal }));
    } catch (error) {
      if (!abort.signal.aborted) setReseal({ state: "failed", error, wantsNewKey });
    } finally {
      running.current = undefined;
      await queries.invalidateQueries({ queryKey: sealingKeysQuery.queryKey });
    }

    async function follow(lines: AsyncIterable<Line>) {
      for await (const line of lines)
        setReseal(
          "finished" in line
            ? { state: "finished", report: line.report, wantsNewKey }
            : { state: "running", ...line, wantsNewKey },
        );
    }
  }

  function stop() {
    running.current?.abort();
    setReseal((now) => (now.state === "running" ? { ...now, state: "stopped" } : now));
  }

  return { reseal, start, stop };
}
