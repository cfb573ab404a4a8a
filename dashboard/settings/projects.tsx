import { Paper, Stack } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { projectsQuery } from "../api/projects.ts";
import { CreateProject } from "./create-project.tsx";
import { ProjectRow } from "./project-row.tsx";
import classes from "./rows.module.css";
import { SectionHead } from "./section-head.tsx";

/** The tenants of this installation. */
export function Projects() {
  const { data: projects } = useSuspenseQuery(projectsQuery);
  return (
    <section>
      <SectionHead title="Projects">
        A project keeps things apart: its credentials, OAuth apps and API keys are seen and used in it alone. Make one for each
        team or customer whose accounts must not meet. Whoever signs in to this dashboard works in all of them; an API key works
        in its own.
      </SectionHead>
      <Stack>
        <CreateProject />
        <Paper component="ul" className={classes.rows}>
          {projects.map((project) => (
            <ProjectRow key={project.id} project={project} />
          ))}
        </Paper>
      </Stack>
    </section>
  );
}
