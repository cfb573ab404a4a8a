import type { Connector, Operation } from "../api/connector.ts";
import type { Credential } from "../api/credentials.ts";
import type { Step, Workflow } from "../api/workflows.ts";
import { freshId } from "./edit-steps.ts";

export type Kind = Step["kind"];

/** What a new step is made from. */
export type Choice =
  | { readonly kind: "operation"; readonly connector: Connector; readonly operation: string }
  | { readonly kind: Exclude<Kind, "operation"> };

/** A step as it is added: named after what it does, with what can be known filled in. */
export function newStep(choice: Choice, workflow: Workflow, credentials: readonly Credential[]): Step {
  const { steps } = workflow;
  switch (choice.kind) {
    case "operation": {
      const { connector, operation: name } = choice;
      const operation = connector.operations[name] as Operation;
      return {
        id: freshId(steps, name),
        title: operation.title,
        kind: "operation",
        connector: connector.id,
        operation: name,
        credential: credentialFor(connector.id, steps, credentials),
        input: knownInput(operation, workflow),
      };
    }
    case "send":
      return { id: freshId(steps, "send"), title: "Send a message", kind: "send", destination: "", body: {} };
    case "wait":
      return { id: freshId(steps, "wait"), title: "Wait", kind: "wait", for: "1h" };
    case "approval":
      return { id: freshId(steps, "approval"), title: "Ask for approval", kind: "approval", message: "" };
  }
}

/** The one that the steps before it use; else the first that works. */
export function credentialFor(connector: string, steps: readonly Step[], credentials: readonly Credential[]): string {
  const used = steps.findLast((step) => step.kind === "operation" && step.connector === connector && step.credential !== "");
  if (used?.kind === "operation") return used.credential;
  const own = credentials.filter((credential) => credential.connector === connector);
  return (own.find(({ status }) => status === "healthy") ?? own[0])?.id ?? "";
}

/**
 * Fields that must be given and of which a step before, or the trigger, already says the same by the same name: an opportunity's steps
 * mostly speak of one opportunity.
 */
function knownInput({ input }: Operation, { trigger, steps }: Workflow): Record<string, unknown> {
  const names = (input.required ?? []).filter((name) => input.properties?.[name]?.["x-id"] !== undefined);
  const found = names.flatMap((name) => {
    const earlier = steps.findLast((step) => step.kind === "operation" && isExpression(step.input?.[name]));
    if (earlier?.kind === "operation") return [[name, earlier.input?.[name]]];
    const fields = trigger.type === "api" ? (trigger.input?.properties as object | undefined) : undefined;
    return fields !== undefined && Object.hasOwn(fields, name) ? [[name, `{{ trigger.input.${name} }}`]] : [];
  });
  return Object.fromEntries(found);
}

function isExpression(value: unknown): value is string {
  return typeof value === "string" && value.includes("{{");
}
