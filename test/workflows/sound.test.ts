import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createAjv } from "../../connector/validator.ts";
import { entryOf, flatten } from "../../json-schema/follow.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { withNulls } from "../../json-schema/lenient-schema.ts";
import { advance, advanceItem } from "../../workflows/advance.ts";
import { checkWorkflow } from "../../workflows/check.ts";
import { compileWorkflow } from "../../workflows/compile.ts";
import { type Expression, parseTemplate } from "../../workflows/expression.ts";
import { inferExpression } from "../../workflows/infer.ts";
import { createScopeSchema } from "../../workflows/scope-schema.ts";
import { issuesOfInput, schemaOfTrigger } from "../../workflows/trigger.ts";
import type { Next, RunState, Step, Workflow } from "../../workflows/types.ts";
import { arbitraryOf } from "../support/arbitrary-of-schema.ts";
import { CATALOG, FIND, TRIGGER_INPUT } from "../support/workflow-catalog.ts";

const TRIGGER: Workflow["trigger"] = { type: "api", input: TRIGGER_INPUT };
const OPPORTUNITY = withNulls(CATALOG.connectors.lever?.operations.retrieve_opportunity?.output as JsonSchema);

/** Every path into a schema, to some depth, and a few that lead nowhere. */
function pathsIn(schema: JsonSchema, at: string, depth: number): string[] {
  const below = flatten(schema).flatMap((one) => {
    const fields = Object.entries((one.properties ?? {}) as Record<string, JsonSchema>);
    const entries =
      one.type === "array" && typeof one.items === "object"
        ? [["first", one.items as JsonSchema] as const, ["[0]", one.items as JsonSchema] as const]
        : [];
    const deeper =
      depth > 0
        ? [...fields, ...entries].flatMap(([name, field]) =>
            pathsIn(field, name.startsWith("[") ? `${at}${name}` : `${at}.${name}`, depth - 1),
          )
        : [];
    return [...deeper, ...(one.type === "array" || one.type === "string" ? [`${at}.size`] : [])];
  });
  return [...new Set([at, ...below])];
}

const PATHS = [
  ...pathsIn(schemaOfTrigger(TRIGGER, []), "trigger", 4),
  ...pathsIn(OPPORTUNITY, "steps.find.output", 3),
  "steps.find.status",
  "run.id",
  "run.startedAt",
  "run.version",
  "run.owner",
  "'text'",
  "7",
];

const path = fc.constantFrom(...PATHS);
const text = fc.constantFrom("'a'", "'Verified'", "''", "','", "' '", "'name'");
const filter = fc.oneof(
  fc.constantFrom(
    ..."first last uniq compact size strip upcase downcase capitalize json truncate join".split(" "),
    "join: ', '",
    "map: 'name'",
    "map: 'age'",
    "map: 'id'",
    "where: 'name', 'x'",
    "where: 'age'",
    "split: ','",
    "split: ''",
    "replace: 'a', 'b'",
    "slice: 0, 2",
    "slice: -1",
    "truncate: 20",
    "truncate: 3, ''",
    "date: '%Y-%m-%d'",
    "date: '%Y-%m-%dT%H:%M:%S%:z', 'Europe/Vienna'",
    "date: '%FT%T.%L%:z'",
    "shift: -7, 'days'",
    "shift: trigger.input.ratio, 'seconds'",
    "in: trigger.input.tags",
    "plus: 1",
    "minus: 0.5",
    "choose: approved: 'Verified', declined: 'Failed'",
    "choose: approved: 'Verified', else: 'Failed'",
    "choose: true: 'Verified', false: 'Failed'",
    "choose: a: run.id, else: trigger.input.name",
  ),
  fc
    .tuple(fc.constantFrom("default", "append", "prepend", "plus", "minus"), fc.oneof(path, text))
    .map(([name, arg]) => `${name}: ${arg}`),
);
/** Filters that end in what a kind of field takes, so that enough is passed to be looked at. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  string: [
    "json",
    "append: 'x'",
    "upcase",
    "strip",
    "truncate: 20",
    "default: 'Verified'",
    "choose: approved: 'Verified', else: 'Failed'",
    "date: '%FT%T%:z'",
    "shift: 1, 'hours'",
    "join: ','",
  ],
  number: ["plus: 1", "size", "default: 1"],
  array: ["uniq", "split: ','", "map: 'name'", "compact", "default: trigger.input.some", "slice: 0, 2"],
};

const SCOPE = createScopeSchema({ name: "w", title: "W", trigger: TRIGGER, steps: [FIND] }, CATALOG)(1);
const numeric = (type: unknown) => (type === "integer" ? "number" : String(type));
const BY_TYPE = groupBy(
  PATHS.filter((one) => /^\w+\./.test(one)),
  (one) => numeric(inferType(one)),
);

function groupBy(texts: readonly string[], keyOf: (text: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const one of texts) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

function inferType(source: string): unknown {
  const [expression] = parseTemplate(`{{ ${source} }}`);
  return inferExpression(expression as Expression, SCOPE, () => undefined)?.schemas[0]?.type;
}

function expressionFor(type: string): fc.Arbitrary<string> {
  const likely = BY_TYPE.get(type) ?? PATHS;
  const ending = ENDINGS[type];
  return fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...likely) }, { weight: 1, arbitrary: path }),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant<string[]>([]) },
        { weight: 2, arbitrary: fc.array(filter, { minLength: 1, maxLength: 2 }) },
      ),
      ending === undefined ? fc.constant(undefined) : fc.option(fc.constantFrom(...ending), { nil: undefined }),
    )
    .map(([from, filters, last]) => `{{ ${[from, ...filters, ...(last === undefined ? [] : [last])].join(" | ")} }}`);
}

function valueFor(field: JsonSchema): fc.Arbitrary<unknown> {
  const [flat] = flatten(field);
  const type = numeric(flat?.type);
  const own = expressionFor(type);
  const words = expressionFor("string");
  if (type === "object")
    return fc.oneof(
      own,
      fc.record({ name: words, age: expressionFor("number") }, { requiredKeys: ["name"], noNullPrototype: true }),
    );
  if (type === "array")
    return fc.oneof(
      own,
      fc.array(expressionFor(numeric(flatten(entryOf(flat as JsonSchema))[0]?.type)), { minLength: 1, maxLength: 3 }),
    );
  return type === "string"
    ? fc.oneof(
        { weight: 3, arbitrary: own },
        { weight: 1, arbitrary: fc.array(words, { minLength: 1, maxLength: 2 }).map((all) => `x ${all.join(" ")}`) },
      )
    : own;
}

/** Operations whose inputs the values are mapped to: the probe, with a field of each kind, and the built-in connector's own. */
const TARGETS = Object.entries(CATALOG.connectors).flatMap(([connector, { operations }]) =>
  Object.entries(operations).map(([operation, { input }]) => ({
    connector,
    operation,
    credential: connector === "probe" ? "probe" : "cred_1",
    input,
  })),
);

interface Target {
  readonly call: { readonly connector: string; readonly operation: string; readonly credential: string };
  /** Each field mapped, or some. */
  readonly input: Record<string, unknown>;
}

const target: fc.Arbitrary<Target> = fc
  .oneof(
    { weight: 2, arbitrary: fc.constantFrom(...TARGETS.filter(({ connector }) => connector === "probe")) },
    { weight: 1, arbitrary: fc.constantFrom(...TARGETS) },
  )
  .chain(({ input, ...call }) => {
    const fields = Object.entries(input.properties as Record<string, JsonSchema>).map(
      ([name, field]) => [name, valueFor(field)] as const,
    );
    return fc.record({
      call: fc.constant(call),
      input: fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: true }),
    });
  });

const ajv = createAjv({ allErrors: true });
const validators = new Map(
  Object.entries(CATALOG.connectors).flatMap(([connector, { operations }]) =>
    Object.entries(operations).map(([name, { input }]) => [`${connector} ${name}`, ajv.compile(input)] as const),
  ),
);

function problemOf(next: Next): string | undefined {
  if (next.type === "result") return next.result.status === "failed" ? next.result.error.message : undefined;
  if (next.type !== "call") return `is ${next.type}`;
  const validate = validators.get(`${next.connector} ${next.operation}`);
  return validate?.(next.input) === true ? undefined : JSON.stringify([next.input, validate?.errors]);
}

const body = arbitraryOf(schemaOfTrigger(TRIGGER, []));
const answer = arbitraryOf(OPPORTUNITY);
const inputSchemaOf = (connector: string, operation: string) => CATALOG.connectors[connector]?.operations[operation]?.input;

function stateOf(trigger: unknown, output: unknown): RunState {
  const run = { id: "run_1", startedAt: "2026-01-01T00:00:00.000Z", workflow: "w", version: 3, owner: null };
  return {
    trigger: trigger as RunState["trigger"],
    run,
    results: { find: { status: "succeeded", output, endedAt: run.startedAt } },
  };
}

describe("what the check passes without a doubt", () => {
  it("is generated from bodies that the schemas allow", () => {
    fc.assert(
      fc.property(body, (trigger) => expect(issuesOfInput(TRIGGER, (trigger as { input: unknown }).input)).toEqual([])),
      { numRuns: 200 },
    );
    const validate = ajv.compile(OPPORTUNITY);
    fc.assert(
      fc.property(answer, (output) => expect(validate(output)).toBe(true)),
      { numRuns: 200 },
    );
  });

  it("does not fail while it is mapped and checked, on any body that the schemas allow", () => {
    let [passed, doubted] = [0, 0];
    fc.assert(
      fc.property(target, fc.array(fc.tuple(body, answer), { minLength: 5, maxLength: 5 }), ({ call, input }, bodies) => {
        const definition = (mapped: object): Workflow => ({
          name: "w",
          title: "W",
          trigger: TRIGGER,
          steps: [FIND, { id: "take", title: "Take", kind: "operation", ...call, input: mapped } as Step],
        });
        // A field is passed where nothing is found at it or below; what is found at the whole is about all of them.
        const found = checkWorkflow(definition(input), CATALOG).map(({ field }) => field);
        const sure = Object.entries(input).filter(
          ([name]) =>
            !found.some((field) => field === "/input" || field === `/input/${name}` || field.startsWith(`/input/${name}/`)),
        );
        passed += sure.length;
        doubted += Object.keys(input).length - sure.length;
        if (sure.length === 0) return;
        const workflow = compileWorkflow(definition(Object.fromEntries(sure)), inputSchemaOf);
        for (const [trigger, output] of bodies) {
          const next = advance(workflow, stateOf(trigger, output));
          // Fields that the operation requires, and that were doubted, are not what is looked at.
          const problem =
            next.type === "call"
              ? problemOf({
                  ...next,
                  input: {
                    ...others(
                      call,
                      sure.map(([name]) => name),
                    ),
                    ...next.input,
                  },
                })
              : problemOf(next);
          expect([sure, problem]).toEqual([sure, undefined]);
        }
      }),
      { numRuns: 400 },
    );
    // Both kinds are met, so that neither "all is wrong" nor "all is right" would pass.
    expect(passed).toBeGreaterThan(200);
    expect(doubted).toBeGreaterThan(200);
  }, 180_000);

  it("does not fail for any item either", () => {
    const itemPath = fc.constantFrom("item", "item.name", "item.age", "item.id", "item.first", "item.size");
    const lists = fc.constantFrom(
      "{{ trigger.input.people }}",
      "{{ trigger.input.tags }}",
      "{{ trigger.input.some }}",
      "{{ trigger.input.name | split: ',' }}",
    );
    const fields = fc.constantFrom("text", "full", "integer", "list", "person", "once");
    fc.assert(
      fc.property(
        lists,
        itemPath,
        fields,
        fc.option(filter, { nil: undefined }),
        fc.array(body, { minLength: 5, maxLength: 5 }),
        (items, from, field, one, bodies) => {
          const mapped = `{{ ${from}${one === undefined ? "" : ` | ${one}`} }}`;
          const step: Step = {
            id: "take",
            title: "Take",
            kind: "operation",
            connector: "probe",
            operation: "take",
            credential: "probe",
            forEach: { items },
            input: { [field]: mapped },
          };
          const definition: Workflow = { name: "w", title: "W", trigger: TRIGGER, steps: [step] };
          if (checkWorkflow(definition, CATALOG).length > 0) return;
          const workflow = compileWorkflow(definition, inputSchemaOf);
          for (const trigger of bodies) {
            const state: RunState = { ...stateOf(trigger, {}), results: {} };
            const next = advance(workflow, state);
            if (next.type !== "each" || !("items" in next.over)) throw new Error(`${items}: ${JSON.stringify(next)}`);
            for (const item of next.over.items)
              expect([mapped, field, problemOf(advanceItem(workflow, state, "take", item))]).toEqual([mapped, field, undefined]);
          }
        },
      ),
      { numRuns: 400 },
    );
  }, 120_000);
});

/** A right value for each field that an operation requires and that is not among these. */
function others({ connector, operation }: Target["call"], fields: readonly string[]): Record<string, unknown> {
  const { required = [], properties } = inputSchemaOf(connector, operation) as {
    required?: string[];
    properties: Record<string, JsonSchema>;
  };
  return Object.fromEntries(
    required
      .filter((name) => !fields.includes(name))
      .map((name) => [name, (properties[name]?.examples as unknown[] | undefined)?.[0] ?? "text"]),
  );
}
