import type { CompiledOperation, Input } from "../connector/types.ts";
import type { Credential } from "../credentials/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";

/** `perform_as` of the input, else the credential's default, else (OAuth) the user who gave the consent. @throws ConnectorError `perform_as_missing` */
export function withPerformAs(operation: CompiledOperation, input: Input, record: Credential): Input {
  const { request, performAs } = operation.declaration;
  if (!request.query?.includes("perform_as") || input.perform_as !== undefined) return input;
  const user = record.defaultPerformAs ?? (record.auth === "oauth2" ? record.account.userId : null);
  if (user !== null) return { ...input, perform_as: user };
  if (performAs !== "required") return input;
  const issues = [
    { pointer: "/perform_as", keyword: "required", message: "give a Lever user id here, or set the credential's default" },
  ];
  throw new ConnectorError("perform_as_missing", `${operation.name} is recorded for a Lever user, and none was given`, {
    issues,
  });
}
