import { Anchor, Button, Group, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { ApiError } from "../../sdk/index.ts";
import type { Operation, Schema } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import { toProblem } from "../api/problem.ts";
import { placeIssues } from "../form/to-error-schema.ts";
import { Failure } from "../shell/failure.tsx";
import { repetitionOf } from "./repetition.ts";

export interface RunFailureProps {
  readonly error: unknown;
  readonly what: "run" | "dry";
  readonly effect: Operation["effect"];
  readonly credential: Credential | undefined;
  readonly schema: Schema;
  /** Sends exactly this call again; absent where the form says something else by now. */
  readonly onRepeat: (() => void) | undefined;
  /** The same with a key of its own. */
  readonly onNewCall: () => void;
}

/** These are not for the person who fills in the form to fix. */
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
export function RunFailure({ error, what, effect, credential, schema, onRepeat, onNewCall }: RunFailureProps) {
  const problem = toProblem(error);
  const { elsewhere } = placeIssues(problem.errors ?? [], schema);
  const waitMs = typeof problem.details?.retryAfterMs === "number" ? problem.details.retryAfterMs : 0;
  const leftS = useCountdown(waitMs);
  const { errors: _errors, ...said } = problem;
  const shown = elsewhere.length > 0 ? { ...said, errors: [...elsewhere] } : said;
  const repetition = onRepeat && repetitionOf(problem, what, effect);
  return (
    <Failure error={new ApiError(shown, { problem: shown })}>
      {leftS > 0 && (
        <Text size="sm" role="timer">
          It can be tried again in {leftS} s.
        </Text>
      )}
      {credential && CREDENTIAL_CODES.includes(problem.code) && (
        <Anchor component={Link} href={`/credentials/${credential.id}`} size="sm">
          Open the credential “{credential.nickname}”
        </Anchor>
      )}
      {repetition && leftS === 0 && (
        <Group gap="sm">
          <Button size="xs" variant="default" onClick={repetition.isNewCall ? onNewCall : onRepeat}>
            {repetition.label}
          </Button>
          {repetition.note && <Text size="sm">{repetition.note}</Text>}
        </Group>
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
