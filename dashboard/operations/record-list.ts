import { useMemo } from "react";
import { type Connector, type Operation, useConnector } from "../api/connector.ts";
import type { RecordList } from "../api/options.ts";
import type { Input } from "../form/operation-form.tsx";

/** The list that a write changes, in the record that the form names: by the reading that belongs to the write. Null while no record is named. */
export function useRecordList(operation: Operation, input: Input): RecordList | null {
  const connector = useConnector();
  const list = recordList(operation, input, connector);
  // The same while the record is: it is a dependency of the form's fields.
  const text = JSON.stringify(list);
  return useMemo(() => JSON.parse(text) as RecordList | null, [text]);
}

function recordList({ readBack, readBefore }: Operation, input: Input, { operations }: Connector): RecordList | null {
  const read = readBack && operations[readBack.operation]?.input;
  if (readBack === undefined || readBefore === undefined || read === undefined) return null;
  const passed = Object.fromEntries(
    (readBack.pass ?? []).filter((name) => input[name] !== undefined).map((name) => [name, input[name]]),
  );
  if ((read.required ?? []).some((name) => passed[name] === undefined)) return null;
  const only = read.properties?.include === undefined ? {} : { include: [readBefore.changes] };
  return { operation: readBack.operation, input: { ...passed, ...only }, field: readBefore.changes };
}
