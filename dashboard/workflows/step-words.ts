import { IconBraces, IconClock, IconHandStop, type IconProps, IconSend } from "@tabler/icons-react";
import type { ComponentType } from "react";
import type { Usable } from "../api/catalog.ts";
import type { Step } from "../api/workflows.ts";

export const KINDS: Readonly<Record<Step["kind"], { readonly label: string; readonly icon: ComponentType<IconProps> }>> = {
  operation: { label: "Operation", icon: IconBraces },
  send: { label: "Message", icon: IconSend },
  wait: { label: "Wait", icon: IconClock },
  approval: { label: "Approval", icon: IconHandStop },
};

/** What a step does, beside its title. */
export function toStepSummary(step: Step, { connectors, catalog }: Usable): string {
  switch (step.kind) {
    case "operation":
      return connectors[step.connector]?.operations[step.operation]?.title ?? step.operation;
    case "send": {
      const destination = catalog.destinations.find(({ id, name }) => id === step.destination || name === step.destination);
      return destination === undefined ? "Message" : `Message to ${destination.name}`;
    }
    case "wait":
      return step.until === undefined ? `Waits for ${step.for ?? "a while"}` : "Waits until a time";
    case "approval":
      return "Waits for a person";
  }
}
