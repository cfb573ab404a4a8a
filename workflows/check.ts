import { entryOf, flatten, followPath } from "../json-schema/follow.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import { marksAt, marksWithin } from "../json-schema/sensitive.ts";
import type { ForEach, Workflow } from "../schemas/types/platform/workflow.ts";
import { includesScope } from "../text/scopes.ts";
import { checkConditions } from "./check-conditions.ts";
import { checkValue } from "./check-value.ts";
import { type CheckedStep, outcomeOf } from "./checked-step.ts";
import { inferExpression, type Remark } from "./infer.ts";
import { expressionsIn, type Mapped } from "./mapping.ts";
import { nearest } from "./nearest.ts";
import { type ParsedStep, parseSteps, pathsOf } from "./parse.ts";
import { createScopeSchema, operationOf, recordSchema } from "./scope-schema.ts";
import { endpointOf } from "./trigger.ts";
import type { Catalog, CatalogCredential, CatalogOperation, Finding } from "./types.ts";

/**
 * What is wrong with a workflow, or cannot be proved to be right, before it runs: each expression is followed through the schemas of
 * the trigger and of the steps before, and through its filters. Errors keep a workflow from being published; doubts warn. A
 * step without findings does not fail while its input is mapped and checked, on any body that the schemas allow.
 *
 * Steps that are disabled are only parsed. Expects the structure that `issuesOfWorkflow` asks for.
 */
export function checkWorkflow(definition: Workflow, catalog: Catalog): Finding[] {
  const scopes = createScopeSchema(definition, catalog);
  const ofSteps = parseSteps(definition).flatMap((parsed, at) => {
    const { step, faults } = parsed;
    const broken = faults.map((fault): Finding => ({ severity: "error", step: step.id, ...fault }));
    return step.disabled ? broken : [...broken, ...checkStep({ catalog, parsed, scope: (item) => scopes(at, item) })];
  });
  return [...checkTrigger(definition, catalog), ...ofSteps];
}

function checkTrigger({ trigger }: Workflow, { endpoints }: Catalog): Finding[] {
  if (trigger.type !== "webhook" || endpointOf(trigger, endpoints) !== undefined) return [];
  const near = nearest(
    trigger.endpoint,
    endpoints.map(({ name }) => name),
  );
  const message = `There is no endpoint ${JSON.stringify(trigger.endpoint)}.`;
  const finding = { severity: "error", step: null, field: "/trigger/endpoint", code: "unknown_endpoint", message } as const;
  return [{ ...finding, ...(near !== undefined && { suggestion: near }) }];
}

interface Checking {
  readonly catalog: Catalog;
  readonly parsed: ParsedStep;
  readonly scope: (item?: JsonSchema) => JsonSchema;
}

function checkStep({ catalog, parsed, scope: scopeOf }: Checking): Finding[] {
  const { step, mapped, faults } = parsed;
  const findings: Finding[] = [];
  const broken = new Set(faults.map(({ field, expression }) => `${field} ${expression}`));
  const tell = (field: string, { severity, code, message, expression, suggestion }: Remark) => {
    const finding: Finding = {
      severity,
      step: step.id,
      field,
      code,
      message,
      ...(expression !== undefined && { expression }),
      ...(suggestion !== undefined && { suggestion }),
    };
    if (!findings.some((one) => JSON.stringify(one) === JSON.stringify(finding))) findings.push(finding);
  };
  const infer: CheckedStep["infer"] = (expression, field, scope) =>
    broken.has(`${field} ${expression.source}`) ? undefined : inferExpression(expression, scope, (remark) => tell(field, remark));
  const scope = scopeOf();
  const forEach = "forEach" in step ? step.forEach : undefined;
  const isBroken = (field: string) => faults.some((fault) => fault.field === field);
  const base = { step, mapped, scope, itemScope: scope, tell, infer, isBroken };
  const item = forEach && checkForEach(base, forEach, catalog);
  const checked: CheckedStep = {
    ...base,
    itemScope: forEach ? scopeOf(item ?? {}) : scope,
  };
  checkConditions(checked);
  if (step.kind === "operation") checkCall(checked, { ...step, field: "" }, catalog);
  if (step.kind === "send") checkSend(checked, catalog);
  if (step.kind === "wait") checkUntil(checked);
  if (step.kind === "approval") checkText(checked, "/message");
  return findings;
}

/** The schema of an item. */
function checkForEach(checked: CheckedStep, forEach: ForEach, catalog: Catalog): JsonSchema | undefined {
  if (!("items" in forEach)) {
    const operation = checkCall(checked, { ...forEach, field: "/forEach" }, catalog);
    if (operation === undefined) return undefined;
    if (!operation.paginated) {
      checked.tell("/forEach/operation", {
        severity: "error",
        code: "not_a_list",
        message: `${forEach.operation} answers no list in pages.`,
      });
      return undefined;
    }
    return recordSchema(operation, forEach.input, catalog.connectors[forEach.connector]?.fieldsInput);
  }
  const field = "/forEach/items";
  const mapped = checked.mapped.get(field) as Mapped;
  const expression = mapped.kind === "expression" ? mapped.expression.source : undefined;
  const outcome = outcomeOf(mapped, { checked, scope: checked.scope }, field);
  if (outcome === undefined) return undefined;
  const about = expression === undefined ? {} : { expression };
  if (outcome.maybeNothing)
    checked.tell(field, {
      severity: "doubt",
      code: "maybe_absent",
      message: "There may be no list; the step fails then.",
      suggestion: "default",
      ...about,
    });
  const lists = outcome.schemas.filter(({ type }) => type === "array");
  if (lists.length < outcome.schemas.length) {
    const isError = lists.length === 0 && outcome.schemas.every(({ type }) => type !== undefined);
    checked.tell(field, {
      severity: isError ? "error" : "doubt",
      code: isError ? "wrong_type" : "maybe_wrong_type",
      message: `The value ${isError ? "is" : "may be"} no list.`,
      ...about,
    });
  }
  const entries = lists.flatMap((list) => flatten(entryOf(list)));
  return entries.length === 0 ? {} : { anyOf: entries };
}

interface CallAt {
  readonly connector: string;
  readonly operation: string;
  readonly credential: string;
  /** Where it stands in the step. */
  readonly field: "" | "/forEach";
}

function checkCall(checked: CheckedStep, call: CallAt, catalog: Catalog): CatalogOperation | undefined {
  const { connectors } = catalog;
  const connector = Object.hasOwn(connectors, call.connector) ? connectors[call.connector] : undefined;
  const suggest = (name: string, names: readonly string[]) => {
    const near = nearest(name, names);
    return near === undefined ? {} : { suggestion: near };
  };
  if (connector === undefined) {
    const message = `There is no connector ${call.connector}.`;
    checked.tell(`${call.field}/connector`, {
      severity: "error",
      code: "unknown_connector",
      message,
      ...suggest(call.connector, Object.keys(connectors)),
    });
    return undefined;
  }
  const operation = operationOf(catalog, call);
  const credential = checkCredential(checked, call, catalog);
  if (operation === undefined) {
    const message = `${connector.name} has no operation ${call.operation}.`;
    checked.tell(`${call.field}/operation`, {
      severity: "error",
      code: "unknown_operation",
      message,
      ...suggest(call.operation, Object.keys(connector.operations)),
    });
    return undefined;
  }
  const lacking =
    credential?.scopes &&
    (operation.scopes ?? []).filter((scope) => !credential.scopes?.some((own) => includesScope(own, scope)));
  if (lacking && lacking.length > 0)
    checked.tell(`${call.field}/credential`, {
      severity: "error",
      code: "scope_missing",
      message: `${JSON.stringify(credential.nickname)} lacks ${lacking.join(", ")}, which ${operation.title} needs.`,
      suggestion: "Reconnect the credential with this permission, or choose another one.",
    });
  const mapped = checked.mapped.get(`${call.field}/input`) as Mapped;
  const scope = call.field === "" ? checked.itemScope : checked.scope;
  checkValue(mapped, operation.input, { checked, scope, field: `${call.field}/input`, isRequired: true });
  const performAs = connector.performAs?.input;
  const isGiven = performAs === undefined || hasField(mapped, performAs);
  if (operation.performAs === "required" && !isGiven && credential !== undefined && credential.defaultPerformAs === null)
    checked.tell(`${call.field}/input/${escapePointer(performAs)}`, {
      severity: "error",
      code: "perform_as_missing",
      message: `${operation.title} needs a user that the write is recorded for, and ${JSON.stringify(credential.nickname)} has none.`,
      suggestion: "Set a default user on the credential, or give one here.",
    });
  return operation;
}

function hasField(mapped: Mapped, name: string): boolean {
  if (mapped.kind === "object") return mapped.fields.some(([one]) => one === name);
  return (
    mapped.kind === "literal" && typeof mapped.value === "object" && mapped.value !== null && Object.hasOwn(mapped.value, name)
  );
}

function checkCredential(
  checked: CheckedStep,
  { credential, connector, field }: CallAt,
  { credentials }: Catalog,
): CatalogCredential | undefined {
  if (credential === "owner") return undefined;
  const found = credentials.find(({ id, nickname }) => id === credential || nickname === credential);
  const usable = credentials.filter((one) => one.connector === connector).map(({ nickname }) => nickname);
  if (found === undefined) {
    const near = nearest(credential, usable) ?? (usable.length === 1 ? usable[0] : undefined);
    checked.tell(`${field}/credential`, {
      severity: "error",
      code: "unknown_credential",
      message: `There is no credential ${JSON.stringify(credential)}.`,
      ...(near !== undefined && { suggestion: near }),
    });
    return undefined;
  }
  if (found.connector === connector) return found;
  checked.tell(`${field}/credential`, {
    severity: "error",
    code: "wrong_connector",
    message: `${JSON.stringify(found.nickname)} is a credential for ${found.connector}, not for ${connector}.`,
    ...(usable[0] !== undefined && { suggestion: usable[0] }),
  });
  return undefined;
}

function checkSend(checked: CheckedStep, { destinations }: Catalog): void {
  const { step } = checked;
  if (step.kind !== "send") return;
  const destination = destinations.find(({ id, name }) => id === step.destination || name === step.destination);
  if (destination === undefined) {
    const near = nearest(
      step.destination,
      destinations.map(({ name }) => name),
    );
    checked.tell("/destination", {
      severity: "error",
      code: "unknown_destination",
      message: `There is no destination ${JSON.stringify(step.destination)}.`,
      ...(near !== undefined && { suggestion: near }),
    });
  } else if (destination.paused)
    checked.tell("/destination", {
      severity: "doubt",
      code: "destination_paused",
      message: `${JSON.stringify(destination.name)} is paused; what is sent to it is refused.`,
      suggestion: "Resume the destination, or choose another one.",
    });
  const body = checked.mapped.get("/body") as Mapped;
  checkValue(body, {}, { checked, scope: checked.itemScope, field: "/body", isRequired: body.kind === "expression" });
  for (const { field, expression } of expressionsIn(body, "/body")) {
    const marks = new Set(
      pathsOf(expression).flatMap((path) => [
        ...marksAt(checked.itemScope, path),
        ...followPath(checked.itemScope, path).schemas.flatMap((one) => [...marksWithin(one)]),
      ]),
    );
    if (marks.size === 0) continue;
    const what = [...marks].map((mark) => MARKS[mark] ?? mark).join(" and ");
    checked.tell(field, {
      severity: marks.has("secret") ? "error" : "doubt",
      code: "sensitive",
      expression: expression.source,
      message: `This sends ${what} to ${step.destination}.`,
    });
  }
}

const MARKS: Readonly<Record<string, string>> = { pii: "personal data", outcome: "results of checks", secret: "a secret" };

function checkUntil(checked: CheckedStep): void {
  const mapped = checked.mapped.get("/until");
  if (mapped !== undefined) checkValue(mapped, TIME, { checked, scope: checked.scope, field: "/until", isRequired: true });
}

const TIME: JsonSchema = {
  anyOf: [
    { type: "string", format: "date-time" },
    { type: "number", minimum: -8.64e15, maximum: 8.64e15, "x-unit": "ms" },
  ],
};

function checkText(checked: CheckedStep, field: string): void {
  const mapped = checked.mapped.get(field) as Mapped;
  checkValue(mapped, {}, { checked, scope: checked.scope, field, isRequired: true });
}
