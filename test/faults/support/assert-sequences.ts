import fc from "fast-check";
import { type RunningPlayground, startPlayground } from "../../../playground/index.ts";
import { makeFolder, type Opened, openRuntime } from "./open-runtime.ts";
import { runSequence, sequences } from "./tag-sequences.ts";

export interface Stage {
  readonly playground: RunningPlayground;
  readonly runtimes: readonly [Opened, Opened];
  readonly credential: string;
  /** Of the store and the environments. */
  readonly folder: string;
  close(): Promise<void>;
}

/** A playground and two sets of services on one store, as two processes have them. */
export async function openStage(): Promise<Stage> {
  const playground = await startPlayground({ port: 0, opportunities: 40, rateLimit: false });
  const folder = makeFolder({ lever: `${playground.url}/v1` });
  const tuning = { waits: 0.02, leaseMs: 2_000 };
  const runtimes = [await openRuntime(folder.path, tuning), await openRuntime(folder.path, tuning)] as const;
  const user = [...playground.playground.world.userById.keys()][0] as string;
  return {
    playground,
    runtimes,
    folder: folder.path,
    credential: await runtimes[0].credential("lever", user),
    async close() {
      for (const opened of runtimes) await opened.dispose();
      await playground.close();
      folder.remove();
    },
  };
}

/** Runs so many random sequences. `FC_SEED` makes it the same ones again; what timing does to them is not repeated. */
export async function assertSequences(stage: Stage, numRuns: number): Promise<void> {
  const seed = process.env.FC_SEED === undefined ? Date.now() % 1_000_000_000 : Number(process.env.FC_SEED);
  process.stderr.write(`random tag writes: FC_SEED=${seed}\n`);
  const property = fc.asyncProperty(sequences, async (sequence) => {
    const wrong = await runSequence(sequence, stage.playground, stage.runtimes, stage.credential);
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
  });
  await fc.assert(property, { numRuns, seed, endOnFailure: true });
}
