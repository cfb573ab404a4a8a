import { Button, Group, Paper, Stack } from "@mantine/core";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import type { Usable } from "../api/catalog.ts";
import type { Connector, Schema } from "../api/connector.ts";
import type { Issue } from "../api/problem.ts";
import { useFillRecipe } from "../api/workflows.ts";
import { type Input, OperationForm } from "../form/operation-form.tsx";
import { createInputCheck } from "../form/validator.ts";
import { Failure } from "../shell/failure.tsx";
import { CredentialSelect } from "./credential-select.tsx";
import { DestinationSelect } from "./destination-select.tsx";
import { issuesAt } from "./issues-at.ts";

interface RecipeFormProps {
  readonly connector: string;
  readonly recipe: Connector["recipes"][number];
  readonly usable: Usable;
}

const NO_HINTS = {};

/** What a recipe asks for, drawn from its schema. */
export function RecipeForm({ connector, recipe, usable }: RecipeFormProps) {
  const [, navigate] = useLocation();
  const schema = recipe.inputs as Schema;
  const { references, rest } = useMemo(() => split(schema), [schema]);
  const [input, setInput] = useState<Input>(() => onlyChoices(references, connector, usable));
  const [issues, setIssues] = useState<readonly Issue[]>([]);
  const fill = useFillRecipe();
  const check = useMemo(() => createInputCheck(schema), [schema]);
  const credential = references.find(({ to }) => to === "credential")?.name;

  function change(next: Input): void {
    setInput(next);
    if (issues.length > 0) setIssues(check(next));
  }

  function submit(): void {
    const found = check(input);
    setIssues(found);
    if (found.length > 0) return;
    fill.mutate(
      { connector, recipe: recipe.name, inputs: input },
      {
        onSuccess: ({ id }) => navigate(`/workflows/${encodeURIComponent(id)}`),
        onError: (error) => setIssues(issuesAt(error, "/inputs")),
      },
    );
  }

  return (
    <Paper>
      <Stack gap="md" maw={720}>
        {references.map(({ name, to, description }) => {
          const errors = issues.filter(({ pointer }) => pointer === `/${name}`).map(({ message }) => message);
          const props = {
            usable,
            description,
            value: String(input[name] ?? ""),
            error: errors[0] && errors.join(", "),
            onChange: (value: string) => change({ ...input, [name]: value }),
          };
          return to === "credential" ? (
            <CredentialSelect key={name} connector={connector} {...props} />
          ) : (
            <DestinationSelect key={name} {...props} />
          );
        })}
        <OperationForm
          schema={rest}
          limit=""
          input={without(input, references)}
          onChange={(next) => change({ ...only(input, references), ...next })}
          onSubmit={submit}
          issues={issues}
          credential={credential && known(input[credential])}
          record={null}
          isChange={false}
          hints={NO_HINTS}
        >
          <Group mt="md">
            <Button type="submit" loading={fill.isPending}>
              Create the draft
            </Button>
          </Group>
        </OperationForm>
        {fill.error !== null && issues.length === 0 && <Failure error={fill.error} />}
      </Stack>
    </Paper>
  );
}

/** An input that names something saved. */
interface Reference {
  readonly name: string;
  readonly to: "credential" | "destination";
  readonly description: string | undefined;
}

/** References are drawn by selects of their own, all else as the input of an operation is. */
function split(schema: Schema): { readonly references: readonly Reference[]; readonly rest: Schema } {
  const fields = Object.entries(schema.properties ?? {});
  const references = fields.flatMap(([name, { "x-reference": to, description }]) =>
    to === "credential" || to === "destination" ? [{ name, to, description } as const] : [],
  );
  const isRest = (name: string) => !references.some((one) => one.name === name);
  return {
    references,
    rest: {
      ...schema,
      properties: Object.fromEntries(fields.filter(([name]) => isRest(name))),
      required: (schema.required ?? []).filter(isRest),
    },
  };
}

/** Where there is one to choose, it is chosen. */
function onlyChoices(references: readonly Reference[], connector: string, { credentials, catalog }: Usable): Input {
  const own = credentials.filter((one) => one.connector === connector);
  const chosen = references.flatMap(({ name, to }) => {
    const [first, ...others] = to === "credential" ? own : catalog.destinations;
    return first !== undefined && others.length === 0 ? [[name, first.id] as const] : [];
  });
  return Object.fromEntries(chosen);
}

/** Lists are read with a credential that is there; the owner of a run is not known yet. */
function known(credential: unknown): string | undefined {
  return typeof credential === "string" && credential !== "owner" ? credential : undefined;
}

function only(input: Input, references: readonly Reference[]): Input {
  return Object.fromEntries(Object.entries(input).filter(([name]) => references.some((one) => one.name === name)));
}

function without(input: Input, references: readonly Reference[]): Input {
  return Object.fromEntries(Object.entries(input).filter(([name]) => !references.some((one) => one.name === name)));
}
