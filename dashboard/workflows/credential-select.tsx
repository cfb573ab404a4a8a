import { Select } from "@mantine/core";
import type { Usable } from "../api/catalog.ts";

export interface CredentialSelectProps {
  readonly connector: string;
  readonly usable: Usable;
  readonly value: string;
  readonly description?: string | undefined;
  readonly error?: string | undefined;
  readonly onChange: (credential: string) => void;
}

/** Which saved credential a step works with; or that of the run's owner. */
export function CredentialSelect({ connector, usable, value, onChange, ...words }: CredentialSelectProps) {
  const own = usable.credentials.filter((credential) => credential.connector === connector);
  const environments = usable.connectors[connector]?.environments;
  const named = own.map(({ id, nickname, environment }) => ({
    value: id,
    label: `${nickname} · ${environments?.[environment]?.title ?? environment}`,
  }));
  // A nickname means the same credential.
  const known = own.find(({ id, nickname }) => id === value || nickname === value)?.id ?? value;
  const others = known === "" || known === "owner" || own.some(({ id }) => id === known) ? [] : [{ value: known, label: known }];
  return (
    <Select
      {...words}
      label="Credential"
      required
      searchable
      allowDeselect={false}
      placeholder="Choose a credential"
      nothingFoundMessage="No credential has this name"
      data={[...named, ...others, { value: "owner", label: "The credential of the run's owner" }]}
      value={known === "" ? null : known}
      onChange={(id) => id !== null && onChange(id)}
    />
  );
}
