/** A failure as the API tells it: `{code, message}` (lever-api.md §2.4). */
export class LeverError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "LeverError";
    this.status = status;
    this.code = code;
  }
}

/** `pointer` is appended as recorded: `… at /email`. */
export function badRequest(message: string, pointer?: string): LeverError {
  return new LeverError(400, "BadRequestError", pointer === undefined ? message : `${message} at ${pointer}`);
}

export function unauthorized(): LeverError {
  return new LeverError(401, "UnauthorizedError", "The request requires authentication.");
}

/** The `code` of a 403 is not on record; clients must go by the status. */
export function forbidden(message: string): LeverError {
  return new LeverError(403, "ForbiddenError", message);
}

export function notFound(collection: string, id: string): LeverError {
  return new LeverError(404, "ResourceNotFound", `${collection} ${id} was not found`);
}

export function userNotFound(): LeverError {
  return new LeverError(404, "ResourceNotFound", "user was not found");
}

export function noSuchPath(path: string): LeverError {
  return new LeverError(404, "ResourceNotFound", `${path} does not exist`);
}

/** A code of the playground's own: Lever's 404 would say that Lever has no such endpoint. */
export function notInPlayground(what: string): LeverError {
  return new LeverError(501, "NotInPlayground", `Lever has ${what}, but the playground does not.`);
}

/** The body of a real 429 is not on record; there is no Retry-After (lever-api.md §2.3). */
export function tooManyRequests(): LeverError {
  return new LeverError(429, "TooManyRequestsError", "Rate limit exceeded. Please slow down.");
}

export function bodyTooLarge(maxBody: number): LeverError {
  return new LeverError(413, "PayloadTooLargeError", `The request body is larger than ${maxBody} bytes.`);
}
