import { TextInput } from "@mantine/core";
import { toName } from "../../text/names.ts";

interface ConfirmNameProps {
  /** Of what is to be deleted. */
  readonly name: string;
  readonly value: string;
  readonly onChange: (typed: string) => void;
}

/** The field in which somebody types the name of what is to be deleted; `isSameName` says whether it is that name. */
export function ConfirmName({ name, value, onChange }: ConfirmNameProps) {
  return (
    <TextInput
      label={
        <>
          Type <strong>{name}</strong> to confirm
        </>
      }
      data-autofocus
      autoComplete="off"
      spellCheck={false}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

/** As names are compared everywhere: spaces around it do not count. */
export function isSameName(typed: string, name: string): boolean {
  return toName(typed) === toName(name);
}
