import { Button, Group, Paper, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { useCreateProject } from "../api/projects.ts";
import { Failure } from "../shell/failure.tsx";

export function CreateProject() {
  const [name, setName] = useState("");
  const [isChecked, setIsChecked] = useState(false);
  const create = useCreateProject();
  const isEmpty = name.trim() === "";

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (isEmpty || create.isPending) return;
    create.mutate(name.trim(), {
      onSuccess: (project) => {
        setName("");
        setIsChecked(false);
        notifications.show({ title: "Made", message: `${project.name} is there. Switch to it to work in it.` });
      },
    });
  }

  return (
    <Paper component="form" onSubmit={submit} noValidate aria-label="New project">
      <Group gap="sm" align="flex-end">
        <TextInput
          label="New project"
          placeholder="Its name"
          flex="1 1 16rem"
          maxLength={100}
          autoComplete="off"
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={isChecked && isEmpty ? "Give it a name." : fieldError(create.error, "/name")}
          inputWrapperOrder={["label", "error", "input"]}
        />
        <Button type="submit" loading={create.isPending}>
          Make the project
        </Button>
      </Group>
      {create.error && !isAllAtFields(create.error, ["/name"]) && <Failure error={create.error} />}
    </Paper>
  );
}
