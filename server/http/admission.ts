import type { Request, Response } from "express";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { Caller } from "../auth/caller.ts";
import { MAX_BODY_BYTES } from "./read-body.ts";
import { createShares } from "./shares.ts";

/** Says who may be worked for now: an overload is told to those who cause it, at once, and the others are served. */
export interface Admission {
  /** Reads a body that is still on its way, which takes memory and is no work yet. @throws ConnectorError `too_many_requests` */
  reading<T>(caller: Caller, req: Request, read: () => Promise<T>): Promise<T>;
  /** Counts a request as work until it is answered. @throws ConnectorError `too_many_requests` */
  working(caller: Caller, res: Response): void;
}

export interface Limits {
  /** Requests that programs have under way. A caller alone gets a third: more than three credentials' queues for a service's rate limit. */
  readonly work: number;
  /** Bytes that their bodies may have in memory. */
  readonly bodyBytes: number;
}

const LIMITS: Limits = { work: 6_000, bodyBytes: 256 * 1024 * 1024 };
/** The pages of the dashboard have places of their own, so that no program keeps people out. */
const PEOPLE: Limits = { work: 600, bodyBytes: 32 * 1024 * 1024 };
/** What a request costs without its body. */
const REQUEST_BYTES = 4 * 1024;
const COME_AGAIN_MS = 2_000;

export function createAdmission(limits: Limits = LIMITS): Admission {
  const programs = createPlaces(limits);
  const people = createPlaces(PEOPLE);
  const placesOf = ({ kind }: Caller) => (kind === "session" ? people : programs);
  return {
    async reading(caller, req, read) {
      const { bodies } = placesOf(caller);
      const length = Number(req.headers["content-length"] ?? MAX_BODY_BYTES);
      const release = bodies.take(caller, REQUEST_BYTES + Math.min(length, MAX_BODY_BYTES)) ?? refuse();
      try {
        return await read();
      } finally {
        release();
      }
    },
    working(caller, res) {
      // A caller that hung up while its key was looked up needs no place, and would never give it back.
      if (!res.closed) res.once("close", placesOf(caller).work.take(caller) ?? refuse());
    },
  };
}

function createPlaces({ work, bodyBytes }: Limits) {
  return { work: createShares(work), bodies: createShares(bodyBytes) };
}

function refuse(): never {
  throw new ConnectorError("too_many_requests", "too many requests of this caller or its project are under way", {
    retryAfterMs: COME_AGAIN_MS,
  });
}
