import { Alert, Anchor, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { toProblem } from "../api/problem.ts";
import { useService } from "../api/service.ts";

export interface FailureProps {
  readonly error: unknown;
  /** Reads this part of the page again. Never for what changes something: such a button names what it does, among the `children`. */
  readonly onReload?: (() => unknown) | undefined;
  /** What to do about it, where the page knows more than the problem says. */
  readonly children?: React.ReactNode;
}

/** A failure in full: what happened, where the input is wrong, what the service said, whether trying again helps, where it is explained. */
export function Failure({ error, onReload, children }: FailureProps) {
  const { title, detail, code, type, requestId, errors, upstream, details } = toProblem(error);
  const { name } = useService();
  const retryAfterMs = details?.retryAfterMs;
  return (
    <Alert color="brick" icon={<IconAlertTriangle />} title={title} role="alert" my="md">
      <Stack gap="xs">
        <Text size="sm">{detail}</Text>
        {errors && errors.length > 0 && (
          <List size="sm">
            {errors.map(({ pointer, keyword, message }) => (
              <List.Item key={`${pointer} ${keyword}`}>
                <Code>{pointer || "/"}</Code> {message}
              </List.Item>
            ))}
          </List>
        )}
        {upstream && (
          <Text size="sm">
            {name} answered{upstream.status === undefined ? "" : ` ${upstream.status}`}
            {upstream.message === undefined ? "." : `: ${upstream.message}`}
          </Text>
        )}
        {typeof retryAfterMs === "number" && (
          <Text size="sm">Worth trying again in {Math.max(1, Math.ceil(retryAfterMs / 1000))} s.</Text>
        )}
        {children}
        <Group gap="md">
          {onReload && (
            <Button size="xs" variant="default" onClick={() => onReload()}>
              Reload this part
            </Button>
          )}
          {type !== "" && (
            <Anchor size="xs" href={type} target="_blank">
              What {code} means
            </Anchor>
          )}
          {requestId !== "" && (
            <Text size="xs" c="dimmed">
              Request <Code>{requestId}</Code>
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
