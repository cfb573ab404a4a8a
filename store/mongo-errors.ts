import { ConnectorError } from "../errors/connector-error.ts";

/** Server errors that say "not now": no primary, shutting down, interrupted, out of time, a write concern not met, not allowed in. */
const UNAVAILABLE = new Set([6, 7, 13, 18, 50, 64, 89, 91, 100, 133, 189, 262, 8000, 9001, 10107, 11600, 11602, 13435, 13436]);
const OUT_OF_DISK_SPACE = 14031;
const DUPLICATE_KEY = 11000;

/** Errors of the driver that are mistakes of ours rather than of the connection. */
const OUR_MISTAKES = new Set(["MongoInvalidArgumentError", "MongoServerError", "MongoBulkWriteError"]);

/** The driver's and mongoose's errors as ours. Values of documents, which a duplicate key error repeats, are not passed on. */
export function toStoreError(error: unknown): unknown {
  if (!isErrorLike(error)) return error;
  if (error.code === DUPLICATE_KEY) {
    const index = /index: (\S+)/.exec(error.message)?.[1] ?? "_id_";
    return new ConnectorError("conflict", "Another object with the same key exists.", {
      index: index === "_id_" ? "primary" : index,
    });
  }
  if (error.code === OUT_OF_DISK_SPACE)
    return new ConnectorError("store_full", "MongoDB has no disk space left.", {}, { cause: error });
  if (!isUnavailable(error)) return error;
  return new ConnectorError(
    "store_unavailable",
    "MongoDB cannot be reached or did not confirm in time.",
    { reason: error.name },
    { cause: error },
  );
}

/** Was nothing sent, because the other side had closed the connection before? Then any call may simply be repeated. */
export function isNeverSent(error: unknown): boolean {
  return isErrorLike(error) && error.code === "EPIPE" && !("syscall" in error);
}

interface ErrorLike {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
}

function isErrorLike(error: unknown): error is ErrorLike {
  return typeof error === "object" && error !== null && "name" in error && "message" in error;
}

function isUnavailable(error: ErrorLike): boolean {
  if (typeof error.code === "number" && UNAVAILABLE.has(error.code)) return true;
  if ("syscall" in error || isNeverSent(error)) return true; // a socket's own error, which the driver lets through at times
  if (error.name === "MongooseServerSelectionError" || error.name === "MongoNotConnectedError") return true;
  return error.name.startsWith("Mongo") && !error.name.startsWith("Mongoose") && !OUR_MISTAKES.has(error.name);
}
