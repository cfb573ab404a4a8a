import { Box, Button, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconChevronDown } from "@tabler/icons-react";
import { useLocation } from "wouter";
import { toProblem } from "../api/problem.ts";
import { useSignedIn, useSwitchProject } from "../api/session.ts";
import classes from "./project-switch.module.css";

/** Which project everything on the pages belongs to; a plain line while there is only one. */
export function ProjectSwitch() {
  const { project, projects } = useSignedIn();
  const switchTo = useSwitchProject();
  const [, navigate] = useLocation();

  function choose(id: string) {
    switchTo.mutate(id, {
      // What the page shows may not exist in the other project.
      onSuccess: () => navigate("/credentials"),
      onError: (error) => notifications.show({ color: "brick", title: toProblem(error).title, message: toProblem(error).detail }),
    });
  }

  if (projects.length < 2) {
    return (
      <Box className={classes.only}>
        <Text size="xs">Project</Text>
        <Text size="sm" fw={600} truncate>
          {project.name}
        </Text>
      </Box>
    );
  }
  return (
    <Menu width="target" position="bottom-start">
      <Menu.Target>
        <Button
          variant="default"
          justify="space-between"
          fullWidth
          className={classes.button}
          rightSection={<IconChevronDown size={16} />}
          loading={switchTo.isPending}
          aria-label={`Project ${project.name}; choose another`}
        >
          {project.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} className={classes.list}>
        <Menu.Label>Projects</Menu.Label>
        {projects.map(({ id, name }) => (
          <Menu.Item
            key={id}
            onClick={() => id !== project.id && choose(id)}
            rightSection={id === project.id ? <IconCheck size={16} /> : undefined}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
