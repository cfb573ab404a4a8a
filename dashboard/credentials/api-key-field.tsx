import { Anchor, PasswordInput, Text } from "@mantine/core";
import type { ReactNode } from "react";

export interface ApiKeyFieldProps {
  readonly environment: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: ReactNode;
  readonly label?: string;
  readonly id?: string;
}

/** A key as it is pasted: hidden, shown on demand, not remembered. Says where to get one. */
export function ApiKeyField({ environment, value, onChange, error, label = "API key", id }: ApiKeyFieldProps) {
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
            A Super Admin makes one in Lever under Settings, Integrations and API, API Credentials: generate a new key, give it
            the permissions that you need (and access to confidential data, which cannot be given later), then copy it. Lever
            shows it only once.
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
