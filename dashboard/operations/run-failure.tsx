import { Anchor, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import type { Schema } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import { ApiProblem, toProblem } from "../api/problem.ts";
import { placeIssues } from "../form/to-error-schema.ts";
import { Failure } from "../shell/failure.tsx";

export interface RunFailureProps {
  readonly error: unknown;
  readonly credential: Credential | undefined;
  readonly schema: Schema;
  readonly onRetry: () => void;
}

/** Who has to do something about these is not whoever fills in the form. */
const CREDENTIAL_CODES = [
  "credential_pending",
  "credential_rejected",
  "credential_reauth_required",
  "credential_scope_missing",
  "credential_refresh_unavailable",
  "permission_denied",
  "perform_as_missing",
];

/** A call that failed, with what to do next. What is wrong with a field is said at the field. */
export function RunFailure({ error, credential, schema, onRetry }: RunFailureProps) {
  const problem = toProblem(error);
  const { elsewhere } = placeIssues(problem.errors ?? [], schema);
  const waitMs = typeof problem.details?.retryAfterMs === "number" ? problem.details.retryAfterMs : 0;
  const leftS = useCountdown(waitMs);
  const { errors: _errors, ...said } = problem;
  const shown = new ApiProblem(elsewhere.length > 0 ? { ...said, errors: [...elsewhere] } : said);
  // The same call has the same key: asking again tells what became of it and writes nothing twice.
  const canRetry = problem.retryable || problem.code === "outcome_unknown";
  return (
    <Failure error={shown} onRetry={canRetry && leftS === 0 ? onRetry : undefined}>
      {leftS > 0 && (
        <Text size="sm" role="timer">
          It can be tried again in {leftS} s.
        </Text>
      )}
      {credential && CREDENTIAL_CODES.includes(problem.code) && (
        <Anchor component={Link} href={`/credentials/${credential.id}`} size="sm">
          Look at the credential “{credential.nickname}”
        </Anchor>
      )}
    </Failure>
  );
}

function useCountdown(ms: number): number {
  const [leftS, setLeftS] = useState(Math.ceil(ms / 1000));
  useEffect(() => {
    if (ms <= 0) return;
    const endsAt = performance.now() + ms;
    const timer = setInterval(() => {
      const left = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
      setLeftS(left);
      if (left === 0) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [ms]);
  return leftS;
}
