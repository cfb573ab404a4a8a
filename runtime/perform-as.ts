import type { CompiledOperation, Input } from "../connector/types.ts";
import type { Credential } from "../credentials/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";

/** The user of the input (`perform_as`, for example), else the credential's default, else (OAuth) the user who gave the consent. @throws ConnectorError `perform_as_missing` */
export function withPerformAs(operation: CompiledOperation, input: Input, record: Credential): Input {
  const { request, performAs } = operation.declaration;
  const { name: service, performAs: declared } = operation.connector;
  const field = declared?.input;
  const isSent = field !== undefined && [...(request.query ?? []), ...(request.body ?? [])].includes(field);
  if (!isSent || input[field] !== undefined) return input;
  const user = record.defaultPerformAs ?? (record.auth === "oauth2" ? record.account.userId : null);
  if (user !== null) return { ...input, [field]: user };
  if (performAs !== "required") return input;
  const issues = [
    {
      pointer: `/${field}`,
      keyword: "required",
      message: `give the id of a user of ${service} here, or set the credential's default`,
    },
  ];
  throw new ConnectorError("perform_as_missing", `${operation.name} is recorded for a user of ${service}, and none was given`, {
    issues,
  });
}
