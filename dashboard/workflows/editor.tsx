import { Alert, Button, Group, Paper, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Finding } from "../../workflows/types.ts";
import type { Usable } from "../api/catalog.ts";
import { hasCode } from "../api/field-errors.ts";
import { runToPreviewQuery } from "../api/runs.ts";
import {
  type SavedWorkflow,
  type Step,
  useCreateWorkflow,
  usePublishWorkflow,
  useSaveWorkflow,
  workflowQuery,
} from "../api/workflows.ts";
import { Ago } from "../shell/ago.tsx";
import { AddStep } from "./add-step.tsx";
import { ConflictDialog } from "./conflict-dialog.tsx";
import { forgetDraft } from "./draft-store.ts";
import { addStep, duplicateStep, moveStep, removeStep, replaceStep } from "./edit-steps.ts";
import { EditorBar } from "./editor-bar.tsx";
import { FieldNotes } from "./fields/field-notes.tsx";
import { StepScopeContext } from "./fields/step-scope.ts";
import { FindingBadges } from "./finding-badges.tsx";
import { MappingScopeContext } from "./mapping/mapping-scope.ts";
import { type Choice, newStep } from "./new-step.ts";
import { NEW, toWorkflowName } from "./new-workflow.ts";
import { PublishDialog } from "./publish-dialog.tsx";
import { RemoveStep } from "./remove-step.tsx";
import type { SampleValues, TestValues } from "./sample-values.ts";
import { type StepActions, StepCard } from "./step-card.tsx";
import { TestDialog } from "./test-dialog.tsx";
import { TriggerEditor } from "./trigger-editor.tsx";
import type { Draft } from "./use-draft.ts";
import { useFindingsOf } from "./use-findings-of.ts";
import { useScopeOf } from "./use-scope-of.ts";

interface EditorProps {
  readonly workflow: SavedWorkflow;
  readonly draft: Draft;
  readonly usable: Usable;
}

/** The draft of a workflow: its trigger and its steps in order, and what can be done with it. */
export function Editor({ workflow, draft, usable }: EditorProps) {
  const { definition, change, texts, setText } = draft;
  const isNew = workflow.id === NEW;
  const findings = useFindingsOf(definition, usable.catalog);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [removing, setRemoving] = useState<Step>();
  const [dialog, setDialog] = useState<"test" | "publish">();
  const [test, setTest] = useState<TestValues>();
  const { data: run } = useQuery({ ...runToPreviewQuery(workflow.id), enabled: !isNew });
  const values = useMemo((): SampleValues => ({ test, run: run ?? undefined }), [test, run]);
  const saving = useSaving(workflow, draft);
  const publish = usePublishWorkflow();
  const errors = findings.all.filter(({ severity }) => severity === "error");
  const befores = useBefores(definition.steps);
  const actions = useMemo(
    (): StepActions => ({
      setText,
      change: (id, next) => change((before) => replaceStep(before, id, next)),
      toggle: (id) =>
        setOpen((before) => {
          const next = new Set(before);
          if (!next.delete(id)) next.add(id);
          return next;
        }),
      move: (id, by) => change((before) => moveStep(before, id, by)),
      duplicate: (id) => change((before) => duplicateStep(before, id)),
      remove: setRemoving,
    }),
    [change, setText],
  );

  function add(choice: Choice): void {
    const step = newStep(choice, definition, usable.credentials);
    change((before) => addStep(before, step));
    setOpen((before) => new Set([...before, step.id]));
  }

  /** What is published is what is seen: unsaved changes are saved first. */
  async function publishIt(): Promise<void> {
    const saved = draft.isDirty || isNew ? await saving.save() : workflow;
    if (saved === undefined) return setDialog(undefined);
    const published = await publish.mutateAsync(saved.id).catch(() => undefined); // shown by the dialog
    if (published === undefined) return;
    setDialog(undefined);
    notifications.show({ title: "Published", message: `Runs that start from now on use version ${published.version}.` });
  }

  return (
    <Stack gap="lg">
      {draft.restoredAt !== undefined && <RestoredNote workflow={workflow} draft={draft} />}
      {draft.isUnkept && (
        <Alert color="amber" title="This browser cannot keep your changes">
          Its storage is full or switched off. Save the draft before you leave this page.
        </Alert>
      )}
      <General workflow={workflow} draft={draft} findings={findings.of(null)} />
      <Part title="Trigger" findings={findings.of(null).filter(({ field }) => field.startsWith("/trigger"))}>
        <TriggerPart draft={draft} usable={usable} findings={findings.of(null)} />
      </Part>
      <Part title="Steps" findings={[]}>
        <Stack component="ol" gap="sm" p={0} m={0} style={{ listStyle: "none" }} aria-label="Steps">
          {definition.steps.map((step, at) => (
            <StepCard
              key={step.id}
              step={step}
              at={at}
              isLast={at === definition.steps.length - 1}
              trigger={definition.trigger}
              before={befores[at] ?? []}
              usable={usable}
              values={values}
              findings={findings.of(step.id)}
              isOpen={open.has(step.id)}
              texts={texts}
              actions={actions}
            />
          ))}
        </Stack>
        {definition.steps.length === 0 && (
          <Text size="sm" c="dimmed">
            Nothing happens yet. Add what the workflow does first.
          </Text>
        )}
        <Group>
          <AddStep usable={usable} onAdd={add} />
        </Group>
      </Part>
      <EditorBar
        failure={saving.error}
        state={toState(workflow, draft, Object.keys(texts).length)}
        isDirty={draft.isDirty || isNew}
        errors={errors.length}
        isSaving={saving.isPending}
        canPublish={errors.length === 0 && Object.keys(texts).length === 0 && (draft.isDirty || workflow.hasChanges)}
        onSave={() => void saving.save()}
        onTest={() => setDialog("test")}
        onPublish={() => setDialog("publish")}
      />
      <RemoveStep
        workflow={definition}
        step={removing}
        onClose={() => setRemoving(undefined)}
        onRemove={(id) => {
          change((before) => removeStep(before, id));
          setRemoving(undefined);
        }}
      />
      <ConflictDialog
        theirs={saving.theirs}
        mine={definition}
        isSaving={saving.isPending}
        onClose={saving.giveUp}
        onKeepMine={() => void saving.saveOver()}
        onTakeTheirs={() => {
          if (saving.theirs) draft.take(saving.theirs);
          saving.giveUp();
        }}
      />
      <PublishDialog
        isOpen={dialog === "publish"}
        workflow={workflow}
        draft={definition}
        doubts={findings.all.filter(({ severity }) => severity === "doubt")}
        isPending={publish.isPending || saving.isPending}
        error={publish.error}
        onPublish={() => void publishIt()}
        onClose={() => {
          publish.reset();
          setDialog(undefined);
        }}
      />
      <TestDialog
        isOpen={dialog === "test"}
        workflow={definition}
        onClose={() => setDialog(undefined)}
        onRead={(steps, trigger) => setTest({ steps, trigger })}
      />
    </Stack>
  );
}

function Part({ title, findings, children }: { title: string; findings: readonly Finding[]; children: React.ReactNode }) {
  return (
    <Stack gap="sm" component="section" aria-label={title}>
      <Group gap="sm">
        <Title order={2}>{title}</Title>
        <FindingBadges findings={findings} />
      </Group>
      {children}
    </Stack>
  );
}

function General({ workflow, draft, findings }: { workflow: SavedWorkflow; draft: Draft; findings: readonly Finding[] }) {
  const { definition, change } = draft;
  const isNew = workflow.id === NEW;
  const fault = findings.find(({ step, field }) => step === null && field === "/title")?.message;
  return (
    <Paper>
      <Stack gap="md">
        <TextInput
          label="Title"
          required
          maxLength={100}
          placeholder="Verification write-back"
          value={definition.title}
          error={isNew && definition.title === "" ? undefined : fault}
          onChange={({ currentTarget: { value: title } }) =>
            // The name follows the title until the workflow has been saved: from then on calls use it.
            change((before) => ({ ...before, title, ...(isNew && { name: toWorkflowName(title) }) }))
          }
        />
        <Textarea
          label="Description"
          autosize
          minRows={1}
          maxRows={6}
          maxLength={1000}
          value={definition.description ?? ""}
          onChange={({ currentTarget: { value } }) =>
            change(({ description: _, ...before }) => ({ ...before, ...(value !== "" && { description: value }) }))
          }
        />
        <Text size="xs" c="dimmed">
          Name in addresses and files: <code>{definition.name}</code>
        </Text>
      </Stack>
    </Paper>
  );
}

function TriggerPart({ draft, usable, findings }: { draft: Draft; usable: Usable; findings: readonly Finding[] }) {
  const { definition, change, texts, setText } = draft;
  const scope = useScopeOf({ trigger: definition.trigger, before: NO_STEPS, forEach: undefined, usable, values: undefined });
  return (
    <StepScopeContext
      value={{
        findings,
        credential: undefined,
        textOf: (pointer) => texts[pointer],
        setText,
      }}
    >
      <MappingScopeContext value={scope}>
        <Paper>
          <TriggerEditor
            trigger={definition.trigger}
            usable={usable}
            onChange={(trigger) => change((before) => ({ ...before, trigger }))}
          />
          <FieldNotes pointer="/trigger" isWhole={false} />
        </Paper>
      </MappingScopeContext>
    </StepScopeContext>
  );
}

const NO_STEPS: readonly Step[] = [];

/** For each step those before it: the same list for as long as none of them changes. */
function useBefores(steps: readonly Step[]): readonly (readonly Step[])[] {
  const known = useRef<readonly (readonly Step[])[]>([]);
  return useMemo(() => {
    const lists = steps.map((_, at) => {
      const was = known.current[at];
      const isAsBefore = was?.length === at && was.every((step, place) => step === steps[place]);
      return isAsBefore ? (was as readonly Step[]) : steps.slice(0, at);
    });
    known.current = lists;
    return lists;
  }, [steps]);
}

function RestoredNote({ workflow, draft }: { workflow: SavedWorkflow; draft: Draft }) {
  return (
    <Alert color="amber" title="Your unsaved changes are still here">
      <Group justify="space-between">
        <Text size="sm">
          This browser kept them <Ago at={draft.restoredAt as string} />.
        </Text>
        <Button size="xs" variant="default" onClick={() => draft.take(workflow)}>
          Discard them
        </Button>
      </Group>
    </Alert>
  );
}

function toState(workflow: SavedWorkflow, { isDirty }: Draft, unread: number): string {
  if (unread > 0) return "A field holds text that is not valid JSON yet.";
  if (workflow.id === NEW) return "Not saved yet; this browser keeps it.";
  if (isDirty) return "Unsaved changes; this browser keeps them.";
  if (workflow.published === null) return "Saved. Not published yet.";
  return workflow.hasChanges
    ? `Saved. Differs from version ${workflow.published}.`
    : `Version ${workflow.published} is published.`;
}

/** Saves the draft; where somebody else has saved meanwhile, tells what they saved. */
function useSaving(workflow: SavedWorkflow, draft: Draft) {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const create = useCreateWorkflow();
  const save = useSaveWorkflow();
  const [theirs, setTheirs] = useState<SavedWorkflow>();
  const { definition } = draft;
  const isNew = workflow.id === NEW;

  // Another page, or another person, has saved: without changes of one's own the newest is shown.
  const { isDirty, version, take } = draft;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `take` is made anew each time
  useEffect(() => {
    if (!isNew && !isDirty && workflow.version > version) take(workflow);
  }, [workflow, isNew, isDirty, version]);

  async function write(base: number): Promise<SavedWorkflow | undefined> {
    try {
      const saved = isNew
        ? await create.mutateAsync(definition)
        : await save.mutateAsync({ id: workflow.id, definition, version: base });
      if (isNew) {
        forgetDraft(`${workflow.project}.${NEW}`);
        navigate(`/workflows/${encodeURIComponent(saved.id)}`, { replace: true });
      } else draft.saved(saved, definition);
      setTheirs(undefined);
      return saved;
    } catch (error) {
      if (!isNew && hasCode(error, "conflict")) setTheirs(await newest());
      return undefined; // shown by the page
    }
  }

  /** Undefined where it is not the version that is in the way, but the name. */
  async function newest(): Promise<SavedWorkflow | undefined> {
    const now = await queries.fetchQuery(workflowQuery(workflow.id)).catch(() => undefined);
    return now !== undefined && now.version !== draft.version ? now : undefined;
  }

  const error = theirs === undefined ? (create.error ?? save.error) : undefined;
  return {
    theirs,
    error,
    isPending: create.isPending || save.isPending,
    save: () => write(draft.version),
    saveOver: () => write(theirs?.version ?? draft.version),
    giveUp() {
      setTheirs(undefined);
      save.reset();
    },
  };
}
