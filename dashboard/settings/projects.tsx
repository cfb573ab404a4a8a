import { Button, Paper, Stack } from "@mantine/core";
import { useSuspenseInfiniteQuery } from "@tanstack/react-query";
import { allProjects, projectsQuery } from "../api/projects.ts";
import { Failure } from "../shell/failure.tsx";
import { CreateProject } from "./create-project.tsx";
import { ProjectRow } from "./project-row.tsx";
import classes from "./rows.module.css";
import { SectionHead } from "./section-head.tsx";

/** The tenants of this installation. */
export function Projects() {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useSuspenseInfiniteQuery(projectsQuery);
  return (
    <section>
      <SectionHead title="Projects">
        A project keeps things apart: its credentials, OAuth apps and API keys are seen and used in it alone. Create one for each
        team or customer whose accounts must not meet. People who sign in to this dashboard work in all of them; an API key works
        in its own.
      </SectionHead>
      <Stack>
        <CreateProject />
        <Paper component="ul" className={classes.rows} aria-label="Projects">
          {allProjects(data).map((project) => (
            <ProjectRow key={project.id} project={project} />
          ))}
        </Paper>
        {error && <Failure error={error} />}
        {hasNextPage && (
          <Button variant="default" onClick={() => fetchNextPage()} loading={isFetchingNextPage} w="fit-content" mx="auto">
            Show more projects
          </Button>
        )}
      </Stack>
    </section>
  );
}
