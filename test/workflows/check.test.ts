import { describe, expect, it } from "@jest/globals";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { checkWorkflow } from "../../workflows/check.ts";
import { FILTERS } from "../../workflows/filters.ts";
import type { Finding, Step, Workflow } from "../../workflows/types.ts";
import { CATALOG, FIND, TRIGGER_INPUT } from "../support/workflow-catalog.ts";

const API: Workflow["trigger"] = { type: "api", input: TRIGGER_INPUT };
const SCHEDULE: Workflow["trigger"] = { type: "schedule", cron: "0 7 * * 1-5", timezone: "Europe/Vienna" };

const LIST = { connector: "probe", operation: "list", credential: "probe" };
const take = (input: unknown, more: object = {}): Step =>
  ({
    id: "take",
    title: "Take",
    kind: "operation",
    connector: "probe",
    operation: "take",
    credential: "probe",
    input,
    ...more,
  }) as Step;

/** Needs the id of each record of a list, of which one field is asked for. */
const need = (asked: string): Step =>
  take(
    { text: "{{ item.id }}" },
    {
      operation: "need",
      forEach: { connector: "lever", operation: "list_opportunities", credential: "cred_1", input: { include: [asked] } },
    },
  );

const check = (steps: readonly Step[], trigger: Workflow["trigger"] = API): Finding[] =>
  checkWorkflow({ name: "w", title: "W", trigger, steps: steps as Step[] }, CATALOG);
const short = ({ severity, step, field, code }: Finding) => `${severity} ${step}${field} ${code}`;
const ofLast = (findings: readonly Finding[], id: string) => findings.filter(({ step }) => step === id).map(short);

/** Field of the probe, expression, and what is found at it. */
type Row = readonly [field: string, written: unknown, ...found: string[]];

const trigger = (path: string) => `{{ trigger.input.${path} }}`;

const PATHS: readonly Row[] = [
  ["text", trigger("name")],
  ["text", trigger("nam"), "error unknown_path"],
  ["text", trigger("person.name")],
  ["text", trigger("person.nmae"), "error unknown_path"],
  ["text", trigger("person.name.first"), "error unknown_path"],
  ["integer", trigger("person.age")],
  ["text", trigger("people[0].name")],
  ["text", trigger("people.first.name")],
  ["text", trigger("people[-1].name")],
  ["integer", trigger("people.size")],
  ["integer", trigger("name.size")],
  ["text", trigger("people.name"), "error unknown_path"],
  ["text", trigger("plain.anything")],
  ["text", trigger("any"), "doubt unchecked"],
  ["text", trigger("any.deep.er"), "doubt unchecked"],
  ["text", "{{ trigger.scheduledAt }}", "error unknown_path"],
  ["text", "{{ trigger.payload }}", "error unknown_path"],
  ["text", "{{ run.workflow }}"],
  ["integer", "{{ run.version }}"],
  ["time", "{{ run.startedAt }}"],
  ["text", "{{ run.owner }}"],
  ["text", "{{ run.now }}", "error unknown_path"],
  ["text", "{{ steps.find.output.data.name }}"],
  ["text", "{{ steps.find.output.data.names }}", "error unknown_path"],
  ["text", "{{ steps.find.data.name }}", "error unknown_path"],
  ["text", "{{ steps.fnd.output.data.name }}", "error unknown_step"],
  ["text", "{{ steps.take.output }}", "error later_step"],
  ["text", "{{ item }}", "error unknown_path"],
  ["list", "{{ steps.find.output.data.tags }}"],
  ["id", "{{ steps.find.output.data.id }}"],
  ["id", "{{ steps.find.output.data.contact }}", "error wrong_id"],
  ["contact", "{{ steps.find.output.data.contact }}", "doubt maybe_wrong_type"],
  ["contact", "{{ steps.find.output.data.contact.id }}"],
  ["text", "{{ steps.find.output.data.contact.name }}"],
  ["time", "{{ steps.find.output.data.createdAt }}"],
  ["integer", "{{ steps.find.output.data.archived.archivedAt }}"],
  ["text", "{{ steps.find.output.data.archived.by }}", "error unknown_path"],
  ["text", "{{ steps.find.status }}"],
  ["text", "{{ steps.find.error.code }}", "error unknown_path"],
];

const TYPES: readonly Row[] = [
  ["number", trigger("count")],
  ["integer", trigger("ratio"), "doubt maybe_refused"],
  ["integer", trigger("count")],
  ["positive", trigger("count"), "doubt maybe_refused"],
  ["number", trigger("name"), "error wrong_type"],
  ["text", trigger("count"), "error wrong_type"],
  ["text", "No. {{ trigger.input.count }}"],
  ["flag", trigger("flag")],
  ["flag", trigger("name"), "error wrong_type"],
  ["list", trigger("tags")],
  ["list", trigger("name"), "error wrong_type"],
  ["list", [trigger("name"), "x"]],
  ["list", [trigger("count")], "error wrong_type"],
  ["list", trigger("mixed"), "doubt maybe_wrong_type"],
  ["some", trigger("tags"), "doubt maybe_refused"],
  ["some", trigger("some")],
  ["some", [trigger("maybe"), "x"]],
  ["once", trigger("tags"), "doubt maybe_refused"],
  ["numbers", trigger("tags"), "error wrong_type"],
  ["full", trigger("name"), "doubt maybe_refused"],
  ["full", trigger("full")],
  ["full", "Hello {{ trigger.input.name }}"],
  ["full", "{{ trigger.input.name }}{{ trigger.input.name }}", "doubt maybe_refused"],
  ["short", trigger("name"), "doubt maybe_refused"],
  ["time", trigger("when")],
  ["time", trigger("whenMs")],
  ["time", trigger("name"), "doubt maybe_refused"],
  ["id", trigger("id")],
  ["id", trigger("contact"), "error wrong_id"],
  ["id", trigger("full"), "doubt maybe_refused"],
  ["contact", trigger("id"), "error wrong_id"],
  ["choice", trigger("name"), "doubt maybe_refused"],
  ["choice", trigger("outcome"), "error value_refused"],
  ["person", trigger("person")],
  ["person", { name: trigger("name") }],
  ["person", { name: trigger("name"), age: trigger("name") }, "error wrong_type"],
  ["person", { age: trigger("count") }, "error missing_input"],
  ["person", { name: "x", nme: trigger("name") }, "error unknown_input"],
  ["text", "{{ trigger.input.maybe }}"],
  ["text", "Dear {{ trigger.input.maybe }}", "doubt maybe_absent"],
  ["text", "All: {{ trigger.input.tags }}", "doubt maybe_wrong_type"],
  ["nullable", trigger("nullable")],
  ["text", trigger("nullable")],
  ["text", { a: 1 }, "error wrong_type"],
  ["list", "literal", "error wrong_type"],
  ["text", 1, "error wrong_type"],
  ["choice", "Verifed", "error value_refused"],
  ["unknown", 1, "error unknown_input"],
  ["txt", trigger("name"), "error unknown_input"],
  ["text", "{{ trigger.input.name", "error expression_invalid"],
  ["text", "{% if x %}", "error expression_invalid"],
  ["text", "{{ trigger.input.name | shout }}", "error unknown_filter"],
];

const FILTER_ROWS: readonly (readonly [name: keyof typeof FILTERS, ...Row])[] = [
  ["default", "full", '{{ trigger.input.maybe | default: "none" }}'],
  ["default", "full", '{{ trigger.input.name | default: "none" }}'],
  ["default", "full", "{{ trigger.input.maybe | default: trigger.input.name }}", "doubt maybe_refused"],
  ["default", "text", "{{ trigger.input.maybe | default: 1 }}", "doubt maybe_refused"],
  ["first", "text", "{{ trigger.input.tags | first }}"],
  ["first", "full", "{{ trigger.input.some | first }}"],
  ["first", "text", "{{ trigger.input.name | first }}", "error wrong_type"],
  ["last", "text", "{{ trigger.input.tags | last }}"],
  ["last", "number", "{{ trigger.input.tags | last }}", "error wrong_type"],
  ["join", "text", '{{ trigger.input.tags | join: ", " }}'],
  ["join", "text", "{{ trigger.input.people | join }}", "error wrong_type"],
  ["join", "list", "{{ trigger.input.tags | join }}", "error wrong_type"],
  ["join", "text", "{{ trigger.input.tags | join: 1 }}", "error wrong_type"],
  ["map", "list", '{{ trigger.input.people | map: "name" }}'],
  ["map", "list", '{{ trigger.input.people | map: "nam" }}', "error unknown_path"],
  ["map", "list", '{{ trigger.input.people | map: "age" }}', "error wrong_type"],
  ["map", "list", "{{ trigger.input.people | map }}", "error filter_argument"],
  ["where", "text", '{{ trigger.input.people | where: "name", "Mina" | map: "name" | first }}'],
  ["where", "text", '{{ trigger.input.people | where: "nick" | map: "name" | first }}', "error unknown_path"],
  ["uniq", "once", "{{ trigger.input.tags | uniq }}"],
  ["uniq", "once", "{{ trigger.input.name | uniq }}", "error wrong_type"],
  ["compact", "list", "{{ trigger.input.tags | compact }}"],
  ["compact", "list", "{{ trigger.input.count | compact }}", "error wrong_type"],
  ["size", "positive", "{{ trigger.input.some | size }}"],
  ["size", "positive", "{{ trigger.input.tags | size }}", "doubt maybe_refused"],
  ["size", "integer", "{{ trigger.input.person | size }}", "error wrong_type"],
  ["split", "list", '{{ trigger.input.name | split: "," }}'],
  ["split", "list", "{{ trigger.input.name | split }}", "error filter_argument"],
  ["split", "some", '{{ "a,b" | split: "," }}'],
  ["strip", "text", "{{ trigger.input.name | strip }}"],
  ["strip", "full", "{{ trigger.input.full | strip }}", "doubt maybe_refused"],
  ["upcase", "full", "{{ trigger.input.full | upcase }}"],
  ["upcase", "text", "{{ trigger.input.tags | upcase }}", "error wrong_type"],
  ["upcase", "text", "{{ trigger.input.mixed | upcase }}", "doubt maybe_wrong_type"],
  ["upcase", "text", "{{ trigger.input.any | upcase }}", "doubt unchecked"],
  ["downcase", "full", "{{ trigger.input.full | downcase }}"],
  ["downcase", "text", "{{ trigger.input.flag | downcase }}", "error wrong_type"],
  ["capitalize", "full", "{{ trigger.input.full | capitalize }}"],
  ["capitalize", "text", "{{ trigger.input.tags | capitalize }}", "error wrong_type"],
  [
    "capitalize",
    "choice",
    '{{ trigger.input.outcome | capitalize | replace: "Approved", "Verified" | replace: "Declined", "Failed" }}',
  ],
  ["replace", "text", '{{ trigger.input.name | replace: "a", "b" }}'],
  ["replace", "text", '{{ trigger.input.name | replace: "", "b" }}', "error filter_argument"],
  ["replace", "text", '{{ trigger.input.name | replace: "b" }}', "error filter_argument"],
  ["slice", "text", "{{ trigger.input.name | slice: 0, 3 }}"],
  ["slice", "list", "{{ trigger.input.tags | slice: 0, 3 }}"],
  ["slice", "text", '{{ trigger.input.name | slice: "a" }}', "error wrong_type"],
  ["truncate", "short", "{{ trigger.input.name | truncate: 20 }}"],
  ["truncate", "short", "{{ trigger.input.name | truncate }}", "doubt maybe_refused"],
  ["truncate", "text", "{{ trigger.input.count | truncate }}", "error wrong_type"],
  ["date", "text", '{{ trigger.input.when | date: "%Y-%m-%d" }}'],
  ["date", "text", '{{ trigger.input.whenMs | date: "%Y-%m-%d", "Europe/Vienna" }}'],
  ["date", "time", '{{ trigger.input.when | date: "%Y-%m-%dT%H:%M:%S%:z" }}'],
  ["date", "text", '{{ trigger.input.name | date: "%Y" }}', "doubt filter_may_fail"],
  ["date", "text", '{{ "now" | date: "%Y" }}', "error wrong_type"],
  ["date", "text", '{{ "today" | date: "%Y" }}', "error wrong_type"],
  ["date", "text", '{{ trigger.input.when | date: "%Q" }}', "error filter_argument"],
  ["date", "text", '{{ trigger.input.when | date: "%Y", "Mars/Base" }}', "error filter_argument"],
  ["date", "text", "{{ trigger.input.when | date: trigger.input.name }}", "doubt unchecked"],
  ["shift", "time", '{{ trigger.input.when | shift: -7, "days" }}'],
  ["shift", "time", '{{ trigger.input.whenMs | shift: trigger.input.count, "hours" }}'],
  ["shift", "time", '{{ trigger.input.name | shift: 1, "days" }}', "doubt filter_may_fail"],
  ["shift", "time", '{{ trigger.input.when | shift: 1, "weeks" }}', "error filter_argument"],
  ["shift", "time", "{{ trigger.input.when | shift: 1, trigger.input.name }}", "doubt unchecked"],
  ["shift", "time", '{{ trigger.input.when | shift: "7d" }}', "error filter_argument"],
  ["append", "full", '{{ trigger.input.name | append: "!" }}'],
  ["append", "text", "{{ trigger.input.count | append: trigger.input.tags }}", "error wrong_type"],
  ["prepend", "full", '{{ trigger.input.name | prepend: "Mr " }}'],
  ["prepend", "text", "{{ trigger.input.tags | prepend: 'x' }}", "error wrong_type"],
  ["plus", "integer", "{{ trigger.input.count | plus: 1 }}"],
  ["plus", "number", "{{ trigger.input.name | plus: 1 }}", "doubt filter_may_fail"],
  ["plus", "integer", "{{ trigger.input.count | plus: 0.5 }}", "doubt maybe_refused"],
  ["minus", "number", "{{ trigger.input.ratio | minus: trigger.input.count }}"],
  ["minus", "number", "{{ trigger.input.flag | minus: 1 }}", "error wrong_type"],
  ["json", "full", "{{ trigger.input.person | json }}"],
  ["json", "person", "{{ trigger.input.person | json }}", "error wrong_type"],
  ["in", "flag", "{{ trigger.input.name | in: trigger.input.tags }}"],
  ["in", "text", "{{ trigger.input.name | in: trigger.input.tags }}", "error wrong_type"],
  ["in", "flag", "{{ trigger.input.name | in: trigger.input.full }}", "error wrong_type"],
  ["in", "flag", "{{ trigger.input.tags | in: trigger.input.tags }}", "error wrong_type"],
  ["choose", "choice", '{{ trigger.input.outcome | choose: approved: "Verified", declined: "Failed" }}'],
  ["choose", "choice", '{{ trigger.input.name | choose: approved: "Verified", else: "Needs Review" }}'],
  ["choose", "choice", '{{ trigger.input.outcome | choose: aproved: "Verified", else: "Failed" }}', "doubt never_true"],
  ["choose", "choice", '{{ trigger.input.outcome | choose: approved: "Yes", else: "Failed" }}', "doubt maybe_refused"],
  ["choose", "choice", "{{ trigger.input.outcome | choose }}", "error filter_argument"],
  ["choose", "choice", '{{ trigger.input.tags | choose: a: "Verified", else: "Failed" }}', "error wrong_type"],
];

/** Conditions on a step. */
const CONDITIONS: readonly (readonly [condition: object, ...found: string[]])[] = [
  [{ value: trigger("outcome"), equals: "approved" }],
  [{ value: trigger("outcome"), equals: "aproved" }, "doubt never_true"],
  [{ value: trigger("outcome"), notEquals: "aproved" }, "doubt always_true"],
  [{ value: trigger("count"), equals: "1" }, "doubt never_true"],
  [{ value: trigger("count"), equals: 1 }],
  [{ value: trigger("outcome"), in: ["approved", "other"] }],
  [{ value: trigger("outcome"), in: ["yes", "no"] }, "doubt never_true"],
  [{ value: trigger("name"), in: trigger("tags") }],
  [{ value: trigger("name"), in: trigger("full") }, "doubt never_true"],
  [{ value: trigger("tags"), contains: "Needs Review" }],
  [{ value: trigger("tags"), contains: 1 }, "doubt never_true"],
  [{ value: trigger("count"), contains: "1" }, "doubt never_true"],
  [{ value: trigger("maybe"), exists: true }],
  [{ value: trigger("name"), exists: false }, "doubt never_true"],
  [{ value: trigger("name"), exists: true }, "doubt always_true"],
  [{ value: trigger("count"), greater: 3 }],
  [{ value: trigger("when"), less: "{{ run.startedAt }}" }],
  [{ value: trigger("tags"), greater: 3 }, "doubt never_true"],
  [{ value: trigger("name"), matchesOneOf: ["a*"] }],
  [{ value: trigger("count"), matchesOneOf: ["1*"] }, "doubt never_true"],
  [{ value: trigger("outcom"), equals: "approved" }, "error unknown_path"],
];

/** Whole steps: what follows `find`, and what is found in the last. */
const STEPS: readonly (readonly [
  title: string,
  steps: readonly Step[],
  found: readonly string[],
  trigger?: Workflow["trigger"],
])[] = [
  ["an input that is required", [take({}, { operation: "need" })], ["error take/input/text missing_input"]],
  [
    "a required value that may be missing",
    [take({ text: trigger("maybe") }, { operation: "need" })],
    ["doubt take/input/text maybe_absent"],
  ],
  [
    "a required value that is never there",
    [take({ text: "{{ nil }}" }, { operation: "need" })],
    ["error take/input/text maybe_absent"],
  ],
  [
    "a time for a field that takes milliseconds or text",
    [
      take(
        { updated_at_end: "{{ run.startedAt }}" },
        { connector: "lever", operation: "list_opportunities", credential: "cred_1" },
      ),
    ],
    [],
  ],
  ["a field that the records of a list are asked for", [need("id")], []],
  ["a field that the records of a list are not asked for", [need("tags")], ["doubt take/input/text maybe_absent"]],
  ["a connector that is not there", [take({}, { connector: "prob" })], ["error take/connector unknown_connector"]],
  ["an operation that is not there", [take({}, { operation: "tak" })], ["error take/operation unknown_operation"]],
  ["a credential that is not there", [take({}, { credential: "prob" })], ["error take/credential unknown_credential"]],
  ["a credential of another connector", [take({}, { credential: "cred_1" })], ["error take/credential wrong_connector"]],
  ["the owner's credential", [take({}, { credential: "owner" })], []],
  [
    "a credential without a scope",
    [
      {
        ...FIND,
        id: "tag",
        operation: "add_opportunity_tags",
        credential: "Lever reading",
        input: { opportunity_id: trigger("id"), tags: ["Verified"] },
      },
    ],
    ["error tag/credential scope_missing"],
  ],
  [
    "a write without a user that it is recorded for",
    [
      {
        ...FIND,
        id: "tag",
        operation: "add_opportunity_tags",
        credential: "Lever without user",
        input: { opportunity_id: trigger("id"), tags: ["Verified"] },
      },
    ],
    ["error tag/input/perform_as perform_as_missing"],
  ],
  [
    "a destination that is not there",
    [{ id: "send", title: "Send", kind: "send", destination: "Result", body: {} }],
    ["error send/destination unknown_destination"],
  ],
  [
    "a destination that is paused",
    [{ id: "send", title: "Send", kind: "send", destination: "Old results", body: {} }],
    ["doubt send/destination destination_paused"],
  ],
  [
    "personal data that is sent",
    [{ id: "send", title: "Send", kind: "send", destination: "Results", body: { to: trigger("email") } }],
    ["doubt send/body/to sensitive"],
  ],
  [
    "a secret that is sent",
    [{ id: "send", title: "Send", kind: "send", destination: "dest_1", body: [trigger("secret")] }],
    ["error send/body/0 sensitive"],
  ],
  [
    "a record that is sent whole",
    [{ id: "send", title: "Send", kind: "send", destination: "Results", body: "{{ steps.find.output.data }}" }],
    ["doubt send/body sensitive"],
  ],
  [
    "an id that is sent",
    [{ id: "send", title: "Send", kind: "send", destination: "Results", body: { id: "{{ steps.find.output.data.id }}" } }],
    [],
  ],
  [
    "tags that are sent in text",
    [
      {
        id: "send",
        title: "Send",
        kind: "send",
        destination: "Results",
        body: { t: "Tags: {{ steps.find.output.data.tags | default: trigger.input.tags | join }}" },
      },
    ],
    ["doubt send/body/t sensitive"],
  ],
  ["a list that is iterated over", [take({ text: "{{ item }}" }, { forEach: { items: trigger("tags") } })], []],
  [
    "records that are iterated over",
    [take({ text: "{{ item.name }}", integer: "{{ item.age }}" }, { forEach: { items: trigger("people") } })],
    [],
  ],
  [
    "a field that an item has not",
    [take({ text: "{{ item.nam }}" }, { forEach: { items: trigger("people") } })],
    ["error take/input/text unknown_path"],
  ],
  ["iterating over a text", [take({}, { forEach: { items: trigger("name") } })], ["error take/forEach/items wrong_type"]],
  [
    "iterating over what may be missing",
    [take({}, { forEach: { items: "{{ steps.find.output.data.tags }}" } })],
    ["doubt take/forEach/items maybe_absent"],
  ],
  [
    "iterating over pages",
    [take({ id: "{{ item.id }}", text: "{{ item.name }}" }, { forEach: { ...LIST, input: { tag: trigger("name") } } })],
    [],
  ],
  [
    "an item in what is iterated over",
    [take({}, { forEach: { ...LIST, input: { tag: "{{ item }}" } } })],
    ["error take/forEach/input/tag unknown_path"],
  ],
  [
    "iterating over what is no list operation",
    [take({}, { forEach: { ...LIST, operation: "take" } })],
    ["error take/forEach/operation not_a_list"],
  ],
  [
    "a wrong kind of id in an item",
    [take({ contact: "{{ item.id }}" }, { forEach: { ...LIST } })],
    ["error take/input/contact wrong_id"],
  ],
  [
    "counts of items",
    [take({}, { id: "each", forEach: { items: trigger("tags") } }), take({ integer: "{{ steps.each.items.failed }}" })],
    [],
  ],
  [
    "an output of items",
    [take({}, { id: "each", forEach: { items: trigger("tags") } }), take({ text: "{{ steps.each.output }}" })],
    ["error take/input/text unknown_path"],
  ],
  [
    "an answer of a step that may be skipped",
    [
      { ...FIND, id: "f2", when: { all: [{ value: trigger("name"), equals: "x" }] } },
      take({ text: "{{ steps.f2.output.data.id }}" }, { operation: "need" }),
    ],
    ["doubt take/input/text maybe_absent"],
  ],
  [
    "an answer of a step that may fail",
    [{ ...FIND, id: "f2", onError: "continue" }, take({ text: "{{ steps.f2.error.code }}" }, { operation: "need" })],
    ["doubt take/input/text maybe_absent"],
  ],
  [
    "an answer of a disabled step",
    [{ ...FIND, id: "f2", disabled: true }, take({ text: "{{ steps.f2.output.data.id }}" })],
    ["error take/input/text unknown_path"],
  ],
  ["what is wrong in a disabled step", [take({ nothing: "{{ trigger.nothing }}" }, { disabled: true })], []],
  [
    "what cannot be read in a disabled step",
    [take({ text: "{{ oh" }, { disabled: true })],
    ["error take/input/text expression_invalid"],
  ],
  ["a wait until a time", [{ id: "wait", title: "Wait", kind: "wait", until: trigger("when") }], []],
  [
    "a wait until a name",
    [{ id: "wait", title: "Wait", kind: "wait", until: trigger("name") }],
    ["doubt wait/until maybe_refused"],
  ],
  ["a wait until a list", [{ id: "wait", title: "Wait", kind: "wait", until: trigger("tags") }], ["error wait/until wrong_type"]],
  ["a wait for a while", [{ id: "wait", title: "Wait", kind: "wait", for: "2h" }], []],
  ["a question", [{ id: "ask", title: "Ask", kind: "approval", message: "Tag {{ trigger.input.name }}?" }], []],
  [
    "a question about what is missing",
    [{ id: "ask", title: "Ask", kind: "approval", message: "Tag {{ trigger.input.nam }}?" }],
    ["error ask/message unknown_path"],
  ],
  [
    "a decision",
    [
      { id: "ask", title: "Ask", kind: "approval", message: "?", onDecline: "continue" },
      take({ text: "{{ steps.ask.output.decision }}", time: "{{ steps.ask.output.at }}" }),
    ],
    [],
  ],
  [
    "a decision that ended the run",
    [
      { id: "ask", title: "Ask", kind: "approval", message: "?" },
      take({}, { when: { all: [{ value: "{{ steps.ask.output.decision }}", equals: "declined" }] } }),
    ],
    ["doubt take/when/all/0 never_true"],
  ],
  ["the time of a schedule", [take({ time: "{{ trigger.scheduledAt }}" })], [], SCHEDULE],
  ["an input of a schedule", [take({ text: "{{ trigger.input.name }}" })], ["error take/input/text unknown_path"], SCHEDULE],
  [
    "an input that the trigger does not take",
    [take({ text: "{{ trigger.input.name }}" })],
    ["error take/input/text unknown_path"],
    { type: "api" },
  ],
  [
    "fewer fields, asked for by include",
    [
      { ...FIND, id: "f2", input: { opportunity_id: trigger("id"), include: ["name"] } },
      take({ text: "{{ steps.f2.output.data.id }}" }, { operation: "need" }),
    ],
    ["doubt take/input/text maybe_absent"],
  ],
  [
    "fields that depend on each other",
    [{ ...FIND, id: "create", operation: "create_opportunity", input: { name: "N", perform_as_posting_owner: true } }],
    ["error create/input/postings missing_input"],
  ],
];

describe("the check of a workflow", () => {
  const probed = [...PATHS, ...TYPES, ...FILTER_ROWS.map(([, ...row]) => row as Row)];
  it.each(
    probed.map(
      ([field, value, ...found]) => [JSON.stringify(value), field, found.join(" and ") || "nothing", value, found] as const,
    ),
  )("%s for %s: %s", (_, field, __, value, found) => {
    const findings = check([FIND, take({ [field]: value })]).filter(({ step }) => step === "take");
    expect([...new Set(findings.map(({ severity, code }) => `${severity} ${code}`))].sort()).toEqual([...found].sort());
    for (const finding of findings) {
      expect(finding.field.startsWith("/input")).toBe(true);
      expect(finding.message).toMatch(/^[A-Z"a-z].*\.$/s);
    }
  });

  it.each(
    CONDITIONS.map(
      ([condition, ...found]) => [JSON.stringify(condition), found.join(" and ") || "nothing", condition, found] as const,
    ),
  )("condition %s: %s", (_, __, condition, found) => {
    const findings = check([FIND, take({}, { when: { all: [condition] } })]);
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(found);
  });

  it.each(STEPS.map(([title, steps, found, trigger]) => [title, { steps, found, trigger }] as const))(
    "%s",
    (_, { steps, found, trigger }) => {
      const before = trigger === undefined ? [FIND] : [];
      expect(ofLast(check([...before, ...steps], trigger), steps.at(-1)?.id as string)).toEqual(found);
    },
  );

  const operations = Object.entries(CATALOG.connectors.lever?.operations ?? {});
  it.each(operations)("the input of %s mapped right, left out and mapped wrong", (operation, { input }) => {
    const required = (input.required ?? []) as string[];
    const properties = input.properties as Record<string, JsonSchema>;
    const schemas = Object.fromEntries(required.map((name) => [name, properties[name] as JsonSchema]));
    const plain = JSON.parse(
      JSON.stringify(schemas, (key, value) => (key === "pattern" || key === "deprecated" ? undefined : value)),
    );
    const own: Workflow["trigger"] = { type: "api", input: { type: "object", required, properties: plain } };
    const step = (mapped: object): Step => ({ ...FIND, id: "call", operation, credential: "cred_1", input: mapped }) as Step;
    const mapped = Object.fromEntries(required.map((name) => [name, `{{ trigger.input.${name} }}`]));
    expect(check([step(mapped)], own).filter(({ severity }) => severity === "error")).toEqual([]);
    expect(check([step({ ...mapped, no_such_field: 1 })], own).map(short)).toContain(
      "error call/input/no_such_field unknown_input",
    );
    for (const name of required) {
      const { [name]: _left, ...others } = mapped;
      expect(check([step(others)], own).map(short)).toContain(`error call/input/${name} missing_input`);
      const lost = check([step({ ...mapped, [name]: `{{ trigger.input.${name}x }}` })], own);
      expect(lost.map(short)).toContain(`error call/input/${name} unknown_path`);
      expect(lost[0]?.suggestion).toBe(`trigger.input.${name}`);
    }
  });

  it("follows what a delivery says, by its endpoint's preset and the outcomes that start a run", () => {
    const body = { type: "object", required: ["who"], properties: { who: { type: "string" } } };
    const endpoints = [{ id: "hook_1", name: "Persona", body, decides: true }];
    const findings = (endpoint: string, value: unknown, more: object = {}, field = "text") => {
      const definition = {
        name: "w",
        title: "W",
        trigger: { type: "webhook", endpoint, ...more },
        steps: [take({ [field]: value })],
      };
      return checkWorkflow(definition as Workflow, { ...CATALOG, endpoints }).map(short);
    };
    expect(findings("Persona", "{{ trigger.body.who }}")).toEqual([]);
    expect(findings("hook_1", "{{ trigger.body.whom }}")).toEqual(["error take/input/text unknown_path"]);
    expect(findings("Personna", "x")).toEqual(["error null/trigger/endpoint unknown_endpoint"]);
    expect(findings("Persona", "{{ trigger.verification.reference }}", {}, "id")).toEqual(["doubt take/input/id maybe_refused"]);
    const chosen = "{{ trigger.verification.outcome | choose: approved: 'a', declined: 'd' }}";
    expect(findings("Persona", chosen, { outcomes: ["approved", "declined"] })).toEqual([]);
    expect(findings("Persona", "{{ trigger.verification.outcome | choose: aproved: 'a', else: 'b' }}")).not.toEqual([]);
  });

  it("has a row for each filter, right and wrong", () => {
    const right = new Set(FILTER_ROWS.filter((row) => row.length === 3).map(([name]) => name));
    const wrong = new Set(FILTER_ROWS.filter((row) => row.length > 3).map(([name]) => name));
    expect([...right].sort()).toEqual(Object.keys(FILTERS).sort());
    expect([...wrong].sort()).toEqual(Object.keys(FILTERS).sort());
  });

  it("suggests the nearest name, and what a credential could be instead", () => {
    const suggestion = (...steps: Step[]) => check([FIND, ...steps]).map((finding) => finding.suggestion)[0];
    expect(suggestion(take({ text: trigger("nmae") }))).toBe("trigger.input.name");
    expect(suggestion(take({ text: "{{ steps.find.output.data.create_at }}" }))).toBe("steps.find.output.data.createdAt");
    expect(suggestion(take({ text: "{{ steps.fnid.output }}" }))).toBe("steps.find");
    expect(suggestion(take({ txet: "x" }))).toBe("text");
    expect(suggestion(take({}, { operation: "tkae" }))).toBe("take");
    expect(suggestion(take({}, { credential: "nobody" }))).toBe("probe");
    expect(suggestion(take({ choice: '{{ trigger.input.outcome | choose: aproved: "Verified", else: "Failed" }}' }))).toBe(
      "approved",
    );
  });

  it("checks 100 steps within seconds, be the machine as busy as it may", () => {
    const steps = Array.from({ length: 99 }, (_, at) =>
      take({ text: at === 0 ? trigger("name") : "{{ steps.find.output.data.name }}", list: trigger("tags") }, { id: `s${at}` }),
    );
    const times = [1, 2, 3].map(() => {
      const from = performance.now();
      expect(check([FIND, ...steps])).toEqual([]);
      return performance.now() - from;
    });
    expect(Math.min(...times)).toBeLessThan(3000);
  });
});
