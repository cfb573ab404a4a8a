import type { Listener, RuntimeEvent } from "./events.ts";
import type { Log } from "./log.ts";

type EndedCall = RuntimeEvent & { readonly type: "call_ended" };

/**
 * The log as a listener: each call one line. Of the reads that succeed one in `readSample` is logged at `info`, the others at `debug`; writes at
 * `info`; failures at `warn`. Who was turned away at the door (keys, sign-ins, forged requests) at `info`.
 */
export function logEvents(log: Log, { readSample = 1 }: { readSample?: number } = {}): Listener {
  let reads = 0;

  function levelOf({ code, effect }: EndedCall): "warn" | "info" | "debug" {
    if (code !== "ok") return "warn";
    if (effect !== "read") return "info";
    reads += 1;
    return reads % readSample === 0 ? "info" : "debug";
  }

  return (event) => {
    switch (event.type) {
      case "call_ended": {
        const { type: _type, effect: _effect, ...line } = event;
        return log[levelOf(event)](line, "operation");
      }
      case "waited":
      case "retried":
      case "read_back": {
        const { type, effect: _effect, ...line } = event;
        return log.debug(line, type.replace("_", " "));
      }
      case "ended_late": {
        const { type: _type, effect: _effect, ...line } = event;
        return log.info(line, "a write ended after its caller had left");
      }
      case "refreshed": {
        const { type, ...line } = event;
        return log[event.code === "ok" ? "info" : "warn"](line, type);
      }
      case "message_ended": {
        const { type, ...line } = event;
        return log[event.code === "ok" ? "info" : "warn"](line, type.replace("_", " "));
      }
      case "destination_paused": {
        const { type, ...line } = event;
        return log.warn(line, type.replace("_", " "));
      }
      case "delivery_taken": {
        const { type, ...line } = event;
        return log.info(line, type.replace("_", " "));
      }
      case "delivery_refused": {
        const { type, ...line } = event;
        return log.info(line, type.replace("_", " "));
      }
      case "delivery_ended": {
        const { type, ...line } = event;
        return log[event.code === "ok" ? "info" : "warn"](line, type.replace("_", " "));
      }
      case "refused": {
        const { type, ...line } = event;
        return log[event.what === "request" ? "debug" : "info"](line, type);
      }
      case "request_ended": {
        const { type: _type, ...line } = event;
        return log.debug(line, "request");
      }
      case "run_changed": {
        const { type, ...line } = event;
        return log[event.status === "failed" || event.status === "needs_attention" ? "warn" : "info"](
          line,
          type.replace("_", " "),
        );
      }
      case "step_changed": {
        const { type, ...line } = event;
        return log.debug(line, type.replace("_", " "));
      }
      case "fault": {
        const { type: _type, what, error, level = "error", ...line } = event;
        return log[level]({ err: error, ...line }, what);
      }
    }
  };
}
