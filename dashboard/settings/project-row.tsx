import { Badge, Button, Code, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { DEFAULT_PROJECT } from "../../text/default-project.ts";
import { toProblem } from "../api/problem.ts";
import type { Project } from "../api/projects.ts";
import { useSignedIn, useSwitchProject } from "../api/session.ts";
import { Ago } from "../shell/ago.tsx";
import { DeleteProject } from "./delete-project.tsx";
import { RenameProject } from "./rename-project.tsx";
import classes from "./rows.module.css";

export function ProjectRow({ project }: { project: Project }) {
  const { id, name, createdAt } = project;
  const { project: current } = useSignedIn();
  const switchTo = useSwitchProject();

  function choose() {
    if (switchTo.isPending) return;
    switchTo.mutate(id, {
      onSuccess: () => notifications.show({ message: `You are in the project ${name} now.` }),
      onError: (error) => notifications.show({ color: "brick", title: toProblem(error).title, message: toProblem(error).detail }),
    });
  }

  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <Group gap="xs">
          <Text fw={600} miw={0}>
            {name}
          </Text>
          <Code>{id}</Code>
          {id === current.id && <Badge>Current</Badge>}
        </Group>
        <Text size="xs" c="dimmed" component="div">
          Created <Ago at={createdAt} />
        </Text>
      </div>
      <Group gap="xs">
        {id !== current.id && (
          <Button variant="default" size="xs" onClick={choose} loading={switchTo.isPending} aria-label={`Switch to ${name}`}>
            Switch to it
          </Button>
        )}
        <RenameProject project={project} />
        {/* There is always one project: the default one stays. */}
        {id !== DEFAULT_PROJECT && <DeleteProject project={project} />}
      </Group>
    </li>
  );
}
