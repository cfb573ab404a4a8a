import { Select } from "@mantine/core";
import type { Usable } from "../api/catalog.ts";
import { FieldNotes } from "./fields/field-notes.tsx";

interface CredentialFieldProps {
  readonly connector: string;
  readonly usable: Usable;
  readonly value: string;
  readonly pointer: string;
  readonly onChange: (credential: string) => void;
}

/** Which saved credential a step works with; or that of whoever the workflow runs for. */
export function CredentialField({ connector, usable, value, pointer, onChange }: CredentialFieldProps) {
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
    <div>
      <Select
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
      <FieldNotes pointer={pointer} />
    </div>
  );
}
