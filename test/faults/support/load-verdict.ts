import type { Held } from "./load-server.ts";
import type { LoadStage } from "./load-stage.ts";
import type { Traffic } from "./load-traffic.ts";

/** Where things stood at one moment without traffic. */
export interface Sample extends Held {
  readonly calls: number;
  readonly records: number;
  readonly storeKb: number;
}

export async function takeSample(stage: LoadStage, traffic: Traffic): Promise<Sample> {
  // What it has to say is looked at in the end; kept for long it would be this process that grows.
  stage.lever.playground.ledger.clear();
  stage.lever.playground.requests.clear();
  return { ...(await stage.held()), calls: traffic.count(), records: traffic.records(), storeKb: Math.round(stage.storeKb()) };
}

const MB_OF_NOISE = 4;
const KB_OF_NOISE = 4_500;
const KB_PER_RECORD = 8;
const OWN_DESCRIPTORS = 60;

/**
 * What grew between two samples although it should not have. Empty is good. Descriptors may differ by the connections to Lever, which are kept
 * open for a while; the store by what a record of a write takes, and one WAL.
 */
export function grown(from: Sample, to: Sample): string[] {
  const growth: string[] = [];
  if (to.heapMb > from.heapMb * 1.1 + MB_OF_NOISE) growth.push(`heap from ${from.heapMb} to ${to.heapMb} MB`);
  if (to.rssMb > from.rssMb * 1.1 + MB_OF_NOISE) growth.push(`RSS from ${from.rssMb} to ${to.rssMb} MB`);
  if (to.descriptors > Math.max(from.descriptors, 128) + OWN_DESCRIPTORS)
    growth.push(`descriptors from ${from.descriptors} to ${to.descriptors}`);
  if (to.handles > from.handles + 10) growth.push(`handles from ${from.handles} to ${to.handles}`);
  const allowedKb = KB_OF_NOISE + (to.records - from.records) * KB_PER_RECORD;
  if (to.storeKb - from.storeKb > allowedKb) growth.push(`the store by ${to.storeKb - from.storeKb} kB, ${allowedKb} kB allowed`);
  return growth;
}
