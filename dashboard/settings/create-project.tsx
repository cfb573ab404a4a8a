import { Button, Group, Paper, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { fieldError, isAllAtFields } from "../api/field-errors.ts";
import { useCreateProject } from "../api/projects.ts";
import { Failure } from "../shell/failure.tsx";
import { useFaults } from "../shell/use-faults.ts";

export function CreateProject() {
  const [name, setName] = useState("");
  const create = useCreateProject();
  const { found, check, changed } = useFaults<"name">(create);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (create.isPending || !check({ name: name.trim() === "" ? "Give it a name." : undefined })) return;
    create.mutate(name.trim(), {
      onSuccess: (project) => {
        setName("");
        notifications.show({ title: "Created", message: `${project.name} is created. Switch to it to work in it.` });
      },
    });
  }

  return (
    <Paper component="form" onSubmit={submit} noValidate aria-label="New project">
      <Group gap="sm" align="flex-end">
        <TextInput
          label="New project"
          placeholder="Name"
          flex="1 1 16rem"
          maxLength={100}
          autoComplete="off"
          value={name}
          onChange={({ currentTarget }) => {
            changed("name");
            setName(currentTarget.value);
          }}
          error={found.name ?? fieldError(create.error, "/name")}
          inputWrapperOrder={["label", "error", "input"]}
        />
        <Button type="submit" loading={create.isPending}>
          Create the project
        </Button>
      </Group>
      {create.error && !isAllAtFields(create.error, ["/name"]) && <Failure error={create.error} />}
    </Paper>
  );
}
