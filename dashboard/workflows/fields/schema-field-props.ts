import type { Schema } from "../../api/connector.ts";

/** What every field that is drawn from a schema gets. */
export interface SchemaFieldProps {
  readonly name: string;
  readonly pointer: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
  readonly value: unknown;
  /** Undefined: the field is not given. */
  readonly onChange: (value: unknown) => void;
}
