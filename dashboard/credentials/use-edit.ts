import { useState } from "react";
import { type Credential, type CredentialChange, useUpdateCredential } from "../api/credentials.ts";
import { hasCode, isAllAtFields } from "../api/field-errors.ts";

/**
 * A change of a credential that notices when another person changes it meanwhile: it applies to the version that was current when
 * the person began. After a conflict the current one is shown, and saving again is a decision with that in view.
 */
export function useEdit(credential: Credential) {
  const update = useUpdateCredential();
  const [began, setBegan] = useState(credential.version);
  const isConflict = hasCode(update.error, "conflict") && !isAllAtFields(update.error, ["/nickname"]);
  return {
    isConflict,
    error: isConflict ? null : update.error,
    isPending: update.isPending,
    /** Forgotten when what was refused is changed; a conflict is not, since it is still there. */
    refusal: { isError: update.isError && !isConflict, reset: update.reset },
    begin() {
      update.reset();
      setBegan(credential.version);
    },
    save(change: Omit<CredentialChange, "version">, onSuccess: (saved: Credential) => void) {
      if (update.isPending) return;
      const version = isConflict ? credential.version : began;
      update.mutate({ id: credential.id, version, ...change }, { onSuccess });
    },
  };
}
