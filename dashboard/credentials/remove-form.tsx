import { Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useLocation } from "wouter";
import { type Credential, useRemoveCredential } from "../api/credentials.ts";
import { useService } from "../api/service.ts";
import { DeleteForm } from "../shell/delete-form.tsx";
import { WhereUsed } from "./where-used.tsx";

export function RemoveForm({ credential: { id, nickname, auth }, onCancel }: { credential: Credential; onCancel: () => void }) {
  const { name } = useService();
  const [, navigate] = useLocation();

  function leave() {
    notifications.show({ title: "Deleted", message: `${nickname} and its secret are deleted.` });
    navigate("/credentials", { replace: true });
  }

  return (
    <DeleteForm {...{ id, onCancel }} name={nickname} label="Delete credential" remove={useRemoveCredential()} onDeleted={leave}>
      <WhereUsed id={id} />
      <Text size="sm">
        This cannot be undone.{" "}
        {auth === "oauth2"
          ? `It does not withdraw the app’s access in ${name}: do that there, if you want to.`
          : `It does not delete the key in ${name}: do that there, if you want to.`}
      </Text>
    </DeleteForm>
  );
}
