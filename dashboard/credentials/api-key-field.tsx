import { Anchor, PasswordInput, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Connector } from "../api/connector.ts";

export interface ApiKeyFieldProps {
  readonly connector: Pick<Connector, "auth">;
  readonly environment: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: ReactNode;
  readonly label?: string;
  readonly id?: string;
}

/** A key as it is pasted: hidden, shown on demand, not remembered. Says where to get one. */
export function ApiKeyField({ connector, environment, value, onChange, error, label = "API key", id }: ApiKeyFieldProps) {
  return (
    <PasswordInput
      {...(id !== undefined && { id })}
      label={label}
      description={
        environment === "playground" ? (
          <>
            The playground accepts the key <strong>playground</strong>.{" "}
            <Anchor component="button" type="button" underline="always" size="xs" onClick={() => onChange("playground")}>
              Fill it in
            </Anchor>
          </>
        ) : (
          <Text inherit component="span">
            {helpOf(connector)}
          </Text>
        )
      }
      required
      autoComplete="off"
      data-1p-ignore
      data-lpignore="true"
      spellCheck={false}
      maxLength={1000}
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ "aria-label": "Show the key", "aria-hidden": false }}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      error={error}
    />
  );
}

function helpOf({ auth }: Pick<Connector, "auth">): string | undefined {
  return auth.flatMap((way) => (way.type === "api_key" ? (way.help ?? []) : []))[0];
}
