/** One request that reached the playground, refused ones included. Holds no credential and no body. */
export interface SeenRequest {
  seq: number;
  at: number;
  method: string;
  path: string;
  query: string;
  /** `null` while unanswered, and for ever when the connection was cut. */
  status: number | null;
  caller: string | null;
  /** Id of the scripted fault that struck. */
  fault: string | null;
  requestId: string;
  headers: Record<string, string>;
}

/** What was received, so that a test can prove that nothing was sent. Keeps the newest 1000. */
export interface RequestLog {
  add(request: Omit<SeenRequest, "seq" | "status" | "caller" | "fault">): SeenRequest;
  finished(): void;
  report(limit: number): { count: number; inFlight: number; maxInFlight: number; data: SeenRequest[] };
  clear(): void;
}

const KEPT = 1000;

export function createRequestLog(): RequestLog {
  let kept: SeenRequest[] = [];
  let count = 0;
  let inFlight = 0;
  let maxInFlight = 0;

  function add(request: Omit<SeenRequest, "seq" | "status" | "caller" | "fault">): SeenRequest {
    const seen = { seq: ++count, ...request, status: null, caller: null, fault: null };
    kept.push(seen);
    if (kept.length > 2 * KEPT) kept = kept.slice(-KEPT);
    maxInFlight = Math.max(maxInFlight, ++inFlight);
    return seen;
  }

  return {
    add,
    finished: () => void inFlight--,
    report: (limit) => ({ count, inFlight, maxInFlight, data: kept.slice(-Math.min(limit, KEPT)) }),
    clear: () => {
      kept = [];
      count = 0;
      maxInFlight = inFlight;
    },
  };
}
