import { createRuns, type Runs } from "../../../app/runs.ts";
import { createWorkflowCatalog } from "../../../app/workflow-catalog.ts";
import { createWorkflows, type Workflows } from "../../../app/workflows.ts";
import { createEmbeddedEngine, type EmbeddedEngine } from "../../../engine/embedded/create-embedded-engine.ts";
import { createPerformer } from "../../../engine/perform.ts";
import { createRunRecords } from "../../../engine/run-records.ts";
import { createShown } from "../../../engine/shown.ts";
import { createEvents } from "../../../runtime/events.ts";
import type { Parts } from "./parts.ts";

export interface RunEngine {
  readonly engine: EmbeddedEngine;
  readonly workflows: Workflows;
  readonly runs: Runs;
}

/** A lease that a process keeps on a machine that does other work as well, and that is over soon after it was killed. */
const LEASE_MS = 2_000;
const ENDLESS = { remaining: 1_000, resetMs: 0, nextMs: 0, burst: 1_000, perSecond: 1_000 };

/**
 * The engine and what stands on it, joined as the server joins them. Each call of a step is told when it begins and ends, and bears the name of
 * the process in its record.
 */
export function openRunEngine(parts: Parts, { name, tell }: { name: string; tell(line: object): void }): RunEngine {
  const { store, ring, credentials, connectors, clock } = parts;
  const now = () => Date.now() + clock.shiftMs;
  const events = createEvents();
  const records = createRunRecords({ store, keyRing: ring });
  const shown = createShown(connectors);
  const destinations = { list: async () => ({ data: [] }) } as never;
  const triggers = { presetOf: () => undefined, endpoints: { list: async () => ({ data: [] }) } as never };
  let calls = 0;
  const performer = createPerformer({
    ...{ connectors, credentials, destinations, now },
    runtime: {
      execute: (options) => {
        calls += 1;
        return parts.runtime().execute({ ...options, requestId: `${name}-${calls}` });
      },
    },
    budget: async () => ENDLESS,
  });
  const engine: EmbeddedEngine = createEmbeddedEngine({
    ...{ store, records, credentials, connectors, shown, now, leaseMs: LEASE_MS },
    tell: events.tell,
    performer: {
      ...performer,
      async perform(context, effect, key, begun) {
        tell({ begun: context.run, step: effect.step, atMs: Date.now() });
        try {
          return await performer.perform(context, effect, key, begun);
        } finally {
          tell({ ended: context.run, step: effect.step, atMs: Date.now() });
        }
      },
    },
    workflowOf: (run) => workflows.runnable(run),
    onTick: (access, id, tick) => runs.startByClock(access, id, tick),
    onError: (error) => tell({ failed: error instanceof Error ? error.stack : String(error) }),
    workers: { pollMs: 150, most: 6 },
  });
  const workflows: Workflows = createWorkflows({
    ...{ store, credentials, destinations, engine, now, endpoints: triggers.endpoints },
    catalog: createWorkflowCatalog({ connectors, credentials, destinations, triggers }),
  });
  const runs: Runs = createRuns({ store, engine, records, performer, workflows, credentials, shown, events, now });
  return { engine, workflows, runs };
}
