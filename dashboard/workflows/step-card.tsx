import { Accordion, Badge, Paper, Select, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { memo, useMemo } from "react";
import type { Finding } from "../../workflows/types.ts";
import type { Usable } from "../api/catalog.ts";
import type { Step, Trigger } from "../api/workflows.ts";
import { DurationField } from "./duration-field.tsx";
import { FieldNotes, FindingNote } from "./fields/field-notes.tsx";
import { type StepScope, StepScopeContext } from "./fields/step-scope.ts";
import { FindingBadges } from "./finding-badges.tsx";
import { ForEachEditor } from "./for-each-editor.tsx";
import { MappingScopeContext } from "./mapping/mapping-scope.ts";
import { OPERATORS } from "./operators.ts";
import type { SampleValues } from "./sample-values.ts";
import classes from "./step-card.module.css";
import { kept, StepForm } from "./step-forms.tsx";
import { StepMenu } from "./step-menu.tsx";
import { KINDS, toStepSummary } from "./step-words.ts";
import { useScopeOf } from "./use-scope-of.ts";
import { WhenEditor } from "./when-editor.tsx";

export interface StepCardProps {
  readonly step: Step;
  readonly at: number;
  readonly isLast: boolean;
  readonly trigger: Trigger;
  /** The steps that run earlier; the same list for as long as none of them changes. */
  readonly before: readonly Step[];
  readonly usable: Usable;
  readonly values: SampleValues | undefined;
  readonly findings: readonly Finding[];
  readonly isOpen: boolean;
  /** Texts that are no JSON yet, by step and field. */
  readonly texts: Readonly<Record<string, string>>;
  readonly actions: StepActions;
}

/** What can be done with a step, by its id. */
export interface StepActions {
  change(id: string, change: (step: Step) => Step): void;
  setText(key: string, text: string | undefined): void;
  toggle(id: string): void;
  move(id: string, by: -1 | 1): void;
  duplicate(id: string): void;
  remove(step: Step): void;
}

/** One step: what it does, and opened up its form. Typing into another one does not draw it anew. */
export const StepCard = memo(function StepCard(props: StepCardProps) {
  const { step, at, isLast, usable, findings, isOpen, actions } = props;
  const { icon: Icon } = KINDS[step.kind];
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Paper component="li" className={classes.card} data-disabled={step.disabled || undefined} aria-label={step.title}>
      <div className={classes.head}>
        <UnstyledButton className={classes.open} aria-expanded={isOpen} onClick={() => actions.toggle(step.id)}>
          <span className={classes.number} aria-hidden>
            <Icon size={16} />
          </span>
          <span style={{ minWidth: 0 }}>
            <Text span className={classes.title}>
              {at + 1}. {step.title}
            </Text>
            <Text size="xs" c="dimmed">
              {toStepSummary(step, usable)}
              {step.when !== undefined && `, if ${whenWords(step.when)}`}
              {"forEach" in step && step.forEach !== undefined && ", repeated"}
            </Text>
          </span>
        </UnstyledButton>
        <div className={classes.side}>
          {step.disabled && <Badge color="gray">Disabled</Badge>}
          <FindingBadges findings={findings} />
          <Chevron size={16} aria-hidden style={{ flex: "none" }} />
          <StepMenu
            step={step}
            isFirst={at === 0}
            isLast={isLast}
            onMove={(by) => actions.move(step.id, by)}
            onDuplicate={() => actions.duplicate(step.id)}
            onRemove={() => actions.remove(step)}
            onDisable={(isDisabled) =>
              actions.change(step.id, ({ disabled: _, ...rest }) => ({ ...rest, ...(isDisabled && { disabled: true }) }) as Step)
            }
          />
        </div>
      </div>
      {isOpen && <Body {...props} />}
    </Paper>
  );
});

function Body({ step, trigger, before, usable, values, findings, texts, actions }: StepCardProps) {
  const forEach = "forEach" in step ? step.forEach : undefined;
  const own = useScopeOf({ trigger, before, forEach, usable, values });
  // A list over which a step is repeated has no item yet.
  const outer = useScopeOf({ trigger, before, forEach: undefined, usable, values });
  const credential = step.kind === "operation" ? step.credential : undefined;
  const scope = useMemo(
    (): StepScope => ({
      findings,
      credential,
      textOf: (pointer) => texts[`${step.id}${pointer}`],
      setText: (pointer, text) => actions.setText(`${step.id}${pointer}`, text),
    }),
    [findings, credential, step.id, texts, actions],
  );
  const onChange = (change: (step: Step) => Step) => actions.change(step.id, change);
  const placed = findings.filter(
    ({ field }) =>
      !/^\/(input|body|when|forEach|credential|destination|until|for|message|operation|connector|title)\b/.test(field),
  );
  const set = (change: object) => onChange((was) => kept({ ...was, ...change }) as Step);
  const canRepeat = step.kind === "operation" || step.kind === "send";
  return (
    <StepScopeContext value={scope}>
      <MappingScopeContext value={own}>
        <Stack gap="md" className={classes.body}>
          <div>
            <TextInput
              label="Title"
              required
              maxLength={100}
              value={step.title}
              onChange={({ currentTarget }) => set({ title: currentTarget.value })}
            />
            <FieldNotes pointer="/title" />
          </div>
          {placed.map((finding) => (
            <FindingNote key={`${finding.field} ${finding.message}`} finding={finding} />
          ))}
          <StepForm step={step} usable={usable} onChange={(next) => onChange(() => next)} />
          <WhenEditor when={step.when} onChange={(when) => set({ when })} />
          <Accordion variant="contained" chevronPosition="left" defaultValue={canRepeat && step.forEach ? "more" : null}>
            <Accordion.Item value="more">
              <Accordion.Control>
                <Text size="sm" fw={600}>
                  {canRepeat ? "Repeat, failures and time limit" : "Failures"}
                </Text>
              </Accordion.Control>
              <Accordion.Panel>
                <Stack gap="md">
                  {canRepeat && (
                    <MappingScopeContext value={outer}>
                      <ForEachEditor
                        forEach={step.forEach}
                        usable={usable}
                        steps={before}
                        onChange={(forEach) => set({ forEach })}
                      />
                    </MappingScopeContext>
                  )}
                  <Select
                    label="If the step fails"
                    maw={320}
                    allowDeselect={false}
                    data={[
                      { value: "stop", label: "End the run as failed" },
                      { value: "continue", label: "Continue with the next step" },
                    ]}
                    value={step.onError ?? "stop"}
                    onChange={(value) => set({ onError: value === "continue" ? "continue" : undefined })}
                  />
                  {canRepeat && (
                    <DurationField
                      label="Time limit"
                      description="How long one call may take."
                      value={step.timeout ?? "30s"}
                      onChange={(timeout) => set({ timeout: timeout === "30s" ? undefined : timeout })}
                    />
                  )}
                  <Text size="xs" c="dimmed">
                    Expressions name this step <code>steps.{step.id}</code>. The name never changes.
                  </Text>
                </Stack>
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
        </Stack>
      </MappingScopeContext>
    </StepScopeContext>
  );
}

function whenWords(when: NonNullable<Step["when"]>): string {
  const conditions = "all" in when ? when.all : when.any;
  const [only] = conditions;
  if (conditions.length > 1 || only === undefined) return `${conditions.length} conditions hold`;
  const operator = Object.keys(OPERATORS).find((name) => name in only) as keyof typeof OPERATORS | undefined;
  return operator === undefined ? "a condition holds" : `a value ${OPERATORS[operator]} …`;
}
