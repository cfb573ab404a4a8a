import type { Response } from "express";
import type { Answer } from "./answer.ts";

const TICK_MS = 50;

/** The real answer, `bytesPerSecond` at a time. */
export function dribble(res: Response, answer: Answer, bytesPerSecond: number): void {
  res.writeHead(answer.status, { ...answer.headers, "content-length": String(answer.body.length) });
  res.flushHeaders();
  const intervalMs = Math.max(TICK_MS, 1000 / bytesPerSecond);
  const step = Math.max(1, Math.round((bytesPerSecond * intervalMs) / 1000));
  let sent = 0;
  every(res, intervalMs, () => {
    res.write(answer.body.subarray(sent, sent + step));
    sent += step;
    if (sent < answer.body.length) return true;
    res.end();
    return false;
  });
}

const CHUNK = Buffer.alloc(65_536, "a");

/** A JSON text of `bytes` bytes, or one without an end, as fast as the client takes it. */
export function pour(res: Response, bytes: number, headers: Record<string, string>): void {
  res.writeHead(200, headers);
  res.write('{"data":"');
  let left = bytes;
  const more = (): void => {
    while (!res.destroyed && left > 0) {
      const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
      left -= chunk.length;
      if (!res.write(chunk)) return;
    }
    if (!res.destroyed) res.end('"}');
  };
  res.on("drain", more);
  more();
}

/** A status line and then one header after the other, never the empty line. */
export function pourHeaders(res: Response, intervalMs: number): void {
  const { socket } = res;
  if (socket === null) return;
  socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n");
  let count = 0;
  every(res, intervalMs, () => socket.write(`x-more-${++count}: a\r\n`) || true);
}

/** Calls `step` until it says false or the connection is gone. Never keeps the process alive. */
function every(res: Response, intervalMs: number, step: () => boolean): void {
  const timer = setInterval(() => {
    if (res.destroyed || !step()) clearInterval(timer);
  }, intervalMs);
  timer.unref();
  res.once("close", () => clearInterval(timer));
}
