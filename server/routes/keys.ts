import { ConnectorError } from "../../errors/connector-error.ts";
import type { KeyRotation } from "../../schemas/types/index.ts";
import type { RotateProgress } from "../../sealing/rotate-keys.ts";
import type { Caller } from "../auth/caller.ts";
import { streamLines, streamSignal, toLine } from "../http/ndjson.ts";
import { type Call, defineRoute, type Route } from "../http/route.ts";

/** The keys that seal secrets, of all projects: names, ages and use. The keys themselves never leave the server. */
export const keyRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/settings/keys",
    summary: "Lists the keys that seal secrets, and their use.",
    replies: [{ status: 200, shape: "encryption-keys" }],
    scope: "admin",
    async handle({ caller, services: { keys } }) {
      assertOperator(caller);
      return { body: { data: await keys.list(), source: keys.file === undefined ? "environment" : "file" } };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/settings/keys/rotate",
    summary: "Re-encrypts every secret with the current key.",
    replies: [{ status: 200, lines: "rotation-line" }],
    scope: "admin",
    body: "key-rotation",
    async handle(call) {
      assertOperator(call.caller);
      return streamLines(call, rotation(call), "rotate again: what is re-encrypted stays so");
    },
  }),
];

function assertOperator({ isOperator }: Caller): void {
  if (!isOperator)
    throw new ConnectorError("forbidden", "only admins of the default project may see and change the encryption keys");
}

/** Progress, as often as the caller reads; then the report. Ends with its reader, and resumes when called again. */
async function* rotation(call: Call<unknown, KeyRotation>): AsyncGenerator<string> {
  const { keys } = call.services;
  const newKey = call.body.newKey === true ? ((await keys.makeNew()) ?? null) : null;
  const left = new AbortController();
  let progress: RotateProgress | undefined;
  let ended = false;
  let wake = () => {};
  const onProgress = (now: RotateProgress) => {
    progress = now;
    wake();
  };
  const rotating = keys.rotate({ signal: AbortSignal.any([streamSignal(call), left.signal]), onProgress }).finally(() => {
    ended = true;
    wake();
  });
  // It is awaited at the end; where the caller leaves before, its failure must not be left unhandled.
  rotating.catch(() => {});
  try {
    while (!ended || progress) {
      const line = progress;
      progress = undefined;
      if (line) yield toLine(line);
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    yield toLine({ finished: true, report: { ...(await rotating), newKey } });
  } finally {
    left.abort();
  }
}
