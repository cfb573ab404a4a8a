import { Button, Group, JsonInput, Stack } from "@mantine/core";
import { type FormEvent, type ReactNode, useEffect, useMemo, useState } from "react";
import type { Schema } from "../api/connector.ts";
import type { Issue } from "../api/problem.ts";
import { type Input, OperationForm } from "../form/operation-form.tsx";
import { createInputCheck } from "../form/validator.ts";
import { Failure } from "../shell/failure.tsx";
import { parseJson } from "./fields/parse-json.ts";
import { issuesAt } from "./issues-at.ts";

export interface InputFormProps {
  /** What the trigger takes; undefined where it takes nothing. */
  readonly schema: Schema | undefined;
  readonly verb: string;
  readonly isPending: boolean;
  /** Of the last start. */
  readonly error: unknown;
  readonly onSubmit: (input: unknown) => void;
}

const NO_HINTS = {};

/** The input of a run, by the schema of the workflow's trigger. */
export function InputForm({ schema, verb, isPending, error, onSubmit }: InputFormProps) {
  const [input, setInput] = useState<Input>({});
  const [issues, setIssues] = useState<readonly Issue[]>([]);
  const check = useMemo(() => createInputCheck(schema ?? {}), [schema]);
  const refused = useMemo(() => (error ? issuesAt(error, "/input") : undefined), [error]);
  useEffect(() => {
    if (refused !== undefined) setIssues(refused);
  }, [refused]);

  function submit(): void {
    const found = check(input);
    setIssues(found);
    if (found.length === 0) onSubmit(schema === undefined ? undefined : input);
  }

  function change(next: Input): void {
    setInput(next);
    if (issues.length > 0) setIssues(check(next));
  }

  const buttons = (
    <Group mt="md">
      <Button type="submit" loading={isPending}>
        {verb}
      </Button>
    </Group>
  );
  const failure = Boolean(error) && (refused ?? []).length === 0 && <Failure error={error} />;
  if (schema !== undefined && schema.properties === undefined)
    return (
      <JsonForm verb={verb} isPending={isPending} onSubmit={onSubmit}>
        {Boolean(error) && <Failure error={error} />}
      </JsonForm>
    );
  if (schema === undefined)
    return (
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          onSubmit(undefined);
        }}
      >
        {failure}
        {buttons}
      </form>
    );
  return (
    <>
      <OperationForm
        schema={schema}
        limit=""
        input={input}
        onChange={change}
        onSubmit={submit}
        issues={issues}
        credential={undefined}
        record={null}
        isChange={false}
        hints={NO_HINTS}
      >
        {buttons}
      </OperationForm>
      {failure}
    </>
  );
}

/** Where a schema has no fields to show. */
function JsonForm({
  verb,
  isPending,
  onSubmit,
  children,
}: Pick<InputFormProps, "verb" | "isPending" | "onSubmit"> & { readonly children: ReactNode }) {
  const [text, setText] = useState("");
  const [isWrong, setIsWrong] = useState(false);

  function submit(event: FormEvent): void {
    event.preventDefault();
    const parsed = parseJson(text);
    if (parsed === undefined) setIsWrong(true);
    else onSubmit(parsed.value);
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <JsonInput
          label="Input"
          autosize
          minRows={4}
          value={text}
          onChange={(next) => {
            setText(next);
            setIsWrong(false);
          }}
          error={isWrong ? "This is not valid JSON" : undefined}
        />
        {children}
        <Group>
          <Button type="submit" loading={isPending}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
