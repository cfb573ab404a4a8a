import { CredentialSelect, type CredentialSelectProps } from "./credential-select.tsx";
import { FieldNotes } from "./fields/field-notes.tsx";

/** The credential of a step, and what is wrong with it. */
export function CredentialField({ pointer, ...props }: CredentialSelectProps & { readonly pointer: string }) {
  return (
    <div>
      <CredentialSelect {...props} />
      <FieldNotes pointer={pointer} />
    </div>
  );
}
