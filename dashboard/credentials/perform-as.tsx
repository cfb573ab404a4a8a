import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import type { Credential } from "../api/credentials.ts";
import { fieldError, isAllAtFields, isRefusedFor } from "../api/field-errors.ts";
import { useService } from "../api/service.ts";
import { OptionsSelect } from "../fields/options-select.tsx";
import { Failure } from "../shell/failure.tsx";
import { Panel } from "../shell/panel.tsx";
import { ConflictNote } from "./conflict-note.tsx";
import { useEdit } from "./use-edit.ts";

/** Which user writes are recorded for, unless a call says otherwise. */
export function PerformAs({ credential, list }: { credential: Credential; list: string }) {
  const { name } = useService();
  /** Undefined: what is saved is shown. */
  const [chosen, setChosen] = useState<string | null>();
  const { begin, save, isConflict, error, isPending } = useEdit(credential);
  const value = chosen === undefined ? credential.defaultPerformAs : chosen;
  const isChanged = value !== credential.defaultPerformAs;

  function choose(next: string | null) {
    begin();
    setChosen(next);
  }

  const isUnknown = isRefusedFor(error, "/defaultPerformAs", "unknown_user");

  function saveChosen() {
    save({ defaultPerformAs: value, ...(isUnknown && { acceptUnknownPerformAs: true }) }, (saved) => {
      setChosen(undefined);
      const isSet = saved.defaultPerformAs !== null;
      const message = isSet ? "Writes are recorded for this user from now on." : "No user is set.";
      notifications.show({ title: "Saved", message });
    });
  }

  return (
    <Panel id="perform-as" title="Perform as">
      <Stack gap="sm">
        <Text size="sm">{explanation(name)[credential.auth]}</Text>
        <OptionsSelect
          credential={credential.status === "pending" ? undefined : credential.id}
          list={list}
          label={`${name} user`}
          placeholder={credential.status === "pending" ? "The ID of a user" : "Search by name or email"}
          value={value}
          onChange={choose}
          error={fieldError(error, "/defaultPerformAs")}
        />
        {isConflict && (
          <ConflictNote>
            {credential.defaultPerformAs === null
              ? "No user is set now."
              : `The user that is set now has the ID ${credential.defaultPerformAs}.`}{" "}
            Save again to set yours.
          </ConflictNote>
        )}
        {error && !isAllAtFields(error, ["/defaultPerformAs"]) && <Failure error={error} />}
        {isChanged && (
          <Group gap="sm">
            <Button onClick={saveChosen} loading={isPending}>
              {isUnknown ? "Save anyway" : "Save"}
            </Button>
            <Button variant="default" onClick={() => choose(credential.defaultPerformAs)}>
              Discard
            </Button>
          </Group>
        )}
      </Stack>
    </Panel>
  );
}

const explanation = (service: string) => ({
  oauth2: `Changes appear in ${service} under the name of this user, unless a call names another. Without one, it is the person who approved the connection.`,
  api_key: `Changes appear in ${service} under the name of this user, unless a call names another. A key belongs to no user: without one here, each call that writes must name one.`,
});
