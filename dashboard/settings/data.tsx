import { Stack } from "@mantine/core";
import { useSuspenseQuery } from "@tanstack/react-query";
import { projectQuery } from "../api/projects.ts";
import { useSignedIn } from "../api/session.ts";
import { ForgetForm } from "./forget-form.tsx";
import { RetentionForm } from "./retention-form.tsx";
import { SectionHead } from "./section-head.tsx";

/** What is kept of people in this project, and for how long. */
export function Data() {
  const { project: current } = useSignedIn();
  const { data: project } = useSuspenseQuery(projectQuery(current.id));
  return (
    <section>
      <SectionHead title="Data">What the project {project.name} keeps of its runs, and for how long.</SectionHead>
      <Stack>
        <RetentionForm key={project.retentionDays} project={project} />
        <ForgetForm />
      </Stack>
    </section>
  );
}
