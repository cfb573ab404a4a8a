import { Alert, Anchor, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { Link } from "wouter";
import type { CheckReport } from "../api/credentials.ts";
import { useService } from "../api/service.ts";
import { BASE_PATH } from "../base-path.ts";
import { CheckLine } from "./check-line.tsx";
import { causeWords } from "./check-words.ts";
import classes from "./test-report.module.css";

/** What a test found: the verdict, who has to act, and each line with what to do about it. */
export function TestReport({ report }: { report: CheckReport }) {
  const { name } = useService();
  const { usable, message, cause, checks, code } = report;
  const hasWarnings = checks.some(({ state }) => state === "warn");
  const [color, Icon] = usable ? (hasWarnings ? ["amber", IconAlertTriangle] : ["sea", IconCircleCheck]) : ["brick", IconCircleX];
  return (
    <div>
      <Alert role="note" color={color} icon={<Icon aria-hidden />} title={usable ? "Usable" : "Not usable"} mb="xs">
        <Text size="sm">{message}.</Text>
        {cause && (
          <Text size="sm" mt={4}>
            <strong>Who can fix it.</strong> {causeWords(name)[cause]}
          </Text>
        )}
        {code.startsWith("oauth_app_") && (
          <Anchor component={Link} href="/settings/oauth-apps" size="sm">
            Open the settings of OAuth apps
          </Anchor>
        )}
        {!usable && (
          <Anchor href={`${BASE_PATH}/docs/errors#${code}`} target="_blank" rel="noopener" size="sm" display="block" mt={4}>
            What {code} means
          </Anchor>
        )}
      </Alert>
      <ul className={classes.lines} aria-label="What was tested">
        {checks.map((check) => (
          <CheckLine key={check.id} check={check} />
        ))}
      </ul>
    </div>
  );
}
