/** A JSON Schema as the manifest holds it, every reference resolved. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly unknown[];
  readonly "x-options"?: string;
  /** Takes away: what the record has now is offered, in place of the pick list. */
  readonly "x-current"?: boolean;
  readonly "x-placeholder"?: string;
  readonly "x-sensitive"?: "pii" | "secret" | "outcome";
  readonly "x-unit"?: string;
  readonly [keyword: string]: unknown;
}
