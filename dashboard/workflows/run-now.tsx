import { Button, Modal, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { useLocation } from "wouter";
import type { Schema } from "../api/connector.ts";
import { useStartRun } from "../api/runs.ts";
import { type SavedWorkflow, versionQuery } from "../api/workflows.ts";
import { Failure } from "../shell/failure.tsx";
import { lazyPart } from "../shell/lazy-part.ts";
import { Loading } from "../shell/loading.tsx";

const InputForm = lazyPart(async () => (await import("./input-forms.ts")).InputForm);

/** Starts a run of what is published, with the input that its trigger asks for. */
export function RunNow({ workflow }: { workflow: SavedWorkflow }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button variant="light" onClick={() => setIsOpen(true)}>
        Run now
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        title="Run now"
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Start workflow={workflow} />
      </Modal>
    </>
  );
}

function Start({ workflow }: { workflow: SavedWorkflow }) {
  const [, navigate] = useLocation();
  const start = useStartRun();
  const { data: version, error, refetch } = useQuery(versionQuery(workflow.id, workflow.published ?? 0));
  if (error) return <Failure error={error} onReload={refetch} />;
  if (!version) return <Loading what="the published version" lines={3} />;
  const { trigger } = version.definition;
  if (trigger.type === "webhook")
    return (
      <Text size="sm">Deliveries to an endpoint start this workflow: have the sender send one, or replay one that came.</Text>
    );
  return (
    <Suspense fallback={<Loading what="the form" lines={3} />}>
      <Text size="sm" mb="md">
        This starts version {version.version} for real.
        {trigger.type === "schedule" && " Its schedule continues as before."}
      </Text>
      <InputForm
        schema={trigger.type === "api" ? (trigger.input as Schema | undefined) : undefined}
        verb="Start the run"
        isPending={start.isPending}
        error={start.error}
        onSubmit={(input) =>
          start.mutate({ workflow: workflow.id, input }, { onSuccess: ({ id }) => navigate(`/runs/${encodeURIComponent(id)}`) })
        }
      />
    </Suspense>
  );
}
