import { Badge, Button, Code, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { toProblem } from "../api/problem.ts";
import type { Project } from "../api/projects.ts";
import { useSignedIn, useSwitchProject } from "../api/session.ts";
import { Ago } from "../shell/ago.tsx";
import classes from "./rows.module.css";

export function ProjectRow({ project: { id, name, createdAt } }: { project: Project }) {
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
          <Text fw={600}>{name}</Text>
          <Code>{id}</Code>
        </Group>
        <Text size="xs" c="dimmed" component="div">
          Made <Ago at={createdAt} />
        </Text>
      </div>
      {id === current.id ? (
        <Badge size="lg">Current</Badge>
      ) : (
        <Button variant="default" size="xs" onClick={choose} loading={switchTo.isPending} aria-label={`Switch to ${name}`}>
          Switch to it
        </Button>
      )}
    </li>
  );
}
