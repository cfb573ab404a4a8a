import type { ComponentProps } from "react";
import { DestinationSelect } from "./destination-select.tsx";
import { FieldNotes } from "./fields/field-notes.tsx";

/** The destination of a step, and what is wrong with it. */
export function DestinationField(props: ComponentProps<typeof DestinationSelect>) {
  return (
    <div>
      <DestinationSelect description="The system of yours that receives the message." {...props} />
      <FieldNotes pointer="/destination" />
    </div>
  );
}
