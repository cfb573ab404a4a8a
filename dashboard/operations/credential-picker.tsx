import { Badge, Group, Select, Text } from "@mantine/core";
import type { Credential } from "../api/credentials.ts";

export interface CredentialPickerProps {
  readonly credentials: readonly Credential[];
  readonly value: string | undefined;
  readonly onChange: (id: string) => void;
  readonly environmentTitle: (environment: string) => string;
}

/** Statuses with which a call cannot succeed. */
const BROKEN = ["pending", "reauth_required", "unusable"];

/** Which saved credential the call is made with, by its nickname. */
export function CredentialPicker({ credentials, value, onChange, environmentTitle }: CredentialPickerProps) {
  const byId = new Map(credentials.map((credential) => [credential.id, credential]));
  const chosen = value === undefined ? undefined : byId.get(value);
  return (
    <Select
      label="Credential"
      searchable
      allowDeselect={false}
      nothingFoundMessage="No credential has this name"
      data={credentials.map(({ id, nickname, environment }) => ({
        value: id,
        label: `${nickname} · ${environmentTitle(environment)}`,
      }))}
      value={value ?? null}
      onChange={(id) => id !== null && onChange(id)}
      error={chosen && BROKEN.includes(chosen.status) ? "This credential cannot be used until it is connected again" : undefined}
      renderOption={({ option }) => {
        const credential = byId.get(option.value);
        if (!credential) return option.label;
        return (
          <Group justify="space-between" wrap="nowrap" w="100%">
            <div>
              <Text size="sm">{credential.nickname}</Text>
              <Text size="xs" c="dimmed">
                {environmentTitle(credential.environment)}, {credential.auth === "api_key" ? "API key" : "OAuth"}
              </Text>
            </div>
            {credential.status !== "healthy" && (
              <Badge size="sm" color={BROKEN.includes(credential.status) ? "brick" : "gray"}>
                {credential.status.replace("_", " ")}
              </Badge>
            )}
          </Group>
        );
      }}
    />
  );
}
