import { Button, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { type Credential, useRemoveCredential } from "../api/credentials.ts";
import { hasCode } from "../api/field-errors.ts";
import { useService } from "../api/service.ts";
import { ConfirmName, isSameName } from "../shell/confirm-name.tsx";
import { DialogActions } from "../shell/dialog-actions.tsx";
import { Failure } from "../shell/failure.tsx";
import { WhereUsed } from "./where-used.tsx";

/** Shows where the credential is used, and deletes it once its nickname is typed. */
export function RemoveForm({ credential: { id, nickname, auth }, onCancel }: { credential: Credential; onCancel: () => void }) {
  const { name } = useService();
  const [typed, setTyped] = useState("");
  const [, navigate] = useLocation();
  const remove = useRemoveCredential();
  const isConfirmed = isSameName(typed, nickname);

  function leave() {
    notifications.show({ title: "Deleted", message: `${nickname} and its secret are deleted.` });
    navigate("/credentials", { replace: true });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!isConfirmed || remove.isPending || remove.isSuccess) return;
    remove.mutate(id, {
      onSuccess: leave,
      // It was deleted meanwhile, as wanted.
      onError: (error) => hasCode(error, "not_found") && leave(),
    });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <WhereUsed id={id} />
        <Text size="sm">
          This cannot be undone.{" "}
          {auth === "oauth2"
            ? `It does not withdraw the app’s access in ${name}: do that there, if you want to.`
            : `It does not delete the key in ${name}: do that there, if you want to.`}
        </Text>
        <ConfirmName
          name={nickname}
          value={typed}
          onChange={(value) => {
            if (remove.isError) remove.reset();
            setTyped(value);
          }}
        />
        {remove.error && !hasCode(remove.error, "not_found") && <Failure error={remove.error} />}
        <DialogActions>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" color="brick" disabled={!isConfirmed} loading={remove.isPending || remove.isSuccess}>
            Delete credential
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}
