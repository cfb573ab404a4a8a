import { expect, it } from "@jest/globals";
import { ApiError, createClient } from "../../sdk/index.ts";

/** Answers with pieces of a stream of events, cut anywhere. */
function answering(...pieces: readonly (string | Error)[]) {
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      for (const piece of pieces) {
        if (piece instanceof Error) return stream.error(piece);
        stream.enqueue(new TextEncoder().encode(piece));
      }
      stream.close();
    },
  });
  const fetch = async () => new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
  return createClient({ url: "http://127.0.0.1", apiKey: "lc_test", fetch }).stream("GET /api/v1/runs/:id/events", {
    params: { id: "run_1" },
  });
}

async function read(events: AsyncGenerator<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const event of events) found.push(event);
  return found;
}

it("gives the data of each event, wherever the pieces are cut, and passes over comments", async () => {
  const events = answering('data: {"status":', '"running"}\n', "\n: here\n\n", 'data: {"status":\r\ndata: "succeeded"}\r\n\r\n');
  expect(await read(events)).toEqual([{ status: "running" }, { status: "succeeded" }]);
});

it("ends where the server ends the events, and leaves out one that was cut off", async () => {
  expect(await read(answering('data: {"status":"running"}\n\n', 'data: {"sta'))).toEqual([{ status: "running" }]);
});

it("says that a connection was lost in a way that may be tried again", async () => {
  const events = answering('data: {"status":"running"}\n\n', new Error("reset"));
  await expect(read(events)).rejects.toMatchObject({ code: "answer_cut_off", retryable: true });
  expect(new ApiError({ code: "x", status: 0, retryable: false, detail: "" })).toBeInstanceOf(Error);
});
