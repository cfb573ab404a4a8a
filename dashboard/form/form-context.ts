import type { RecordList } from "../api/options.ts";

/** What fields need to know beyond their schema; the form passes it on as `formContext`. */
export interface FormContext {
  /** Whose pick lists are offered; undefined until a credential is chosen. */
  readonly credential: string | undefined;
  /** The list that a field takes from, in the record that the form names; null while it names none. */
  readonly record: RecordList | null;
  /** Which fields may be sent empty. */
  readonly clearable: readonly string[];
  readonly sendEmpty: (field: string, isSent: boolean) => void;
}
