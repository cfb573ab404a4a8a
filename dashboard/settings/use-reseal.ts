import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Problem } from "../../schemas/types/index.ts";
import { stream } from "../api/client.ts";
import { ApiProblem, cutOff } from "../api/problem.ts";
import { type ResealReport, sealingKeysQuery } from "../api/sealing-keys.ts";

export type Reseal =
  | { readonly state: "idle" }
  | { readonly state: "running"; readonly done: number; readonly total: number; readonly wantsNewKey: boolean }
  | { readonly state: "stopped"; readonly done: number; readonly total: number }
  | { readonly state: "finished"; readonly report: ResealReport; readonly wantsNewKey: boolean }
  | { readonly state: "failed"; readonly error: unknown; readonly wantsNewKey: boolean };

type Line =
  | { readonly done: number; readonly total: number }
  | { readonly finished: true; readonly report: ResealReport }
  | { readonly error: Problem };

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
      await follow(stream<Line>("POST", "/api/v1/settings/keys/rotate", { body: { newKey: wantsNewKey }, signal: abort.signal }));
    } catch (error) {
      if (!abort.signal.aborted) setReseal({ state: "failed", error, wantsNewKey });
    } finally {
      running.current = undefined;
      await queries.invalidateQueries({ queryKey: sealingKeysQuery.queryKey });
    }

    async function follow(lines: AsyncIterable<Line>) {
      let isFinished = false;
      for await (const line of lines) {
        if ("error" in line) throw new ApiProblem(line.error);
        isFinished = "finished" in line;
        setReseal(
          "finished" in line
            ? { state: "finished", report: line.report, wantsNewKey }
            : { state: "running", ...line, wantsNewKey },
        );
      }
      if (!isFinished && !abort.signal.aborted) throw cutOff();
    }
  }

  function stop() {
    running.current?.abort();
    setReseal((now) => (now.state === "running" ? { ...now, state: "stopped" } : now));
  }

  return { reseal, start, stop };
}
