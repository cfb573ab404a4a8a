import { Box, Button, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAdjustments, IconCheck, IconChevronDown, IconDots } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { toProblem } from "../api/problem.ts";
import { allProjects, projectsQuery } from "../api/projects.ts";
import { useSignedIn, useSwitchProject } from "../api/session.ts";
import classes from "./project-switch.module.css";

/** Which project everything on the pages belongs to; a plain line while there is only one. */
export function ProjectSwitch() {
  const { project, projects } = useSignedIn();
  const switchTo = useSwitchProject();
  const [isOpen, setIsOpen] = useState(false);
  // The session knows the first ones; there may be more.
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({ ...projectsQuery, enabled: isOpen });
  const [location, navigate] = useLocation();

  function choose(id: string, name: string) {
    switchTo.mutate(id, {
      onSuccess: () => {
        // What the page shows may not exist in the other project; its place does.
        navigate(placeOf(location));
        notifications.show({ message: `You are in the project ${name} now.` });
      },
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
    <Menu width="target" position="bottom-start" opened={isOpen} onChange={setIsOpen}>
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
        {(data ? allProjects(data) : projects).map(({ id, name }) => (
          <Menu.Item
            key={id}
            onClick={() => id !== project.id && choose(id, name)}
            rightSection={id === project.id ? <IconCheck size={16} /> : undefined}
          >
            {name}
          </Menu.Item>
        ))}
        {hasNextPage && (
          <Menu.Item
            closeMenuOnClick={false}
            onClick={() => fetchNextPage()}
            disabled={isFetchingNextPage}
            leftSection={<IconDots size={16} />}
          >
            Show more projects
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item component={Link} href="/settings/projects" leftSection={<IconAdjustments size={16} />}>
          All projects
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function placeOf(location: string): string {
  return location.startsWith("/credentials/") ? "/credentials" : location;
}
