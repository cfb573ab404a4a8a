import { withTheme } from "@rjsf/core";
import type { RJSFSchema, ValidatorType } from "@rjsf/utils";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import type { Schema } from "../api/connector.ts";
import type { RecordList } from "../api/options.ts";
import type { Issue } from "../api/problem.ts";
import type { FormContext } from "./form-context.ts";
import { groupFields } from "./group-fields.ts";
import { emptyValues, isSentEmpty } from "./send-empty.tsx";
import { TEMPLATES } from "./templates.ts";
import { placeIssues } from "./to-error-schema.ts";
import { toFormSchema } from "./to-form-schema.ts";
import { createInputCheck } from "./validator.ts";
import { ChoiceField } from "./widgets/choice-field.tsx";
import { OptionsField } from "./widgets/options-field.tsx";
import { TextListField } from "./widgets/text-list-field.tsx";
import { TimeField } from "./widgets/time-field.tsx";
import { YesNoField } from "./widgets/yes-no-field.tsx";

const WIDGETS = { ChoiceField, OptionsField, TextListField, TimeField, YesNoField };
const ThemedForm = withTheme({ templates: TEMPLATES, widgets: WIDGETS });

/** What was not filled in is not there: no empty first entry of a list, no default. */
const NOTHING_BY_ITSELF = { arrayMinItems: { populate: "never" }, emptyObjectFields: "skipDefaults" } as const;

/**
 * The library wants a validator; ours is asked by the page itself, so that the browser's issues and the server's are shown in one way.
 * `isValid` only chooses among alternatives of a schema.
 */
const VALIDATOR: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  isValid: (schema, formData) => createInputCheck(schema as unknown as Schema)(formData).length === 0,
  rawValidation: () => ({}),
};

export type Input = Readonly<Record<string, unknown>>;

export interface OperationFormProps {
  readonly schema: Schema;
  /** Name of the field for the size of a page. */
  readonly limit: string;
  readonly input: Input;
  readonly onChange: (input: Input) => void;
  readonly onSubmit: () => void;
  /** What is wrong with the input, as the browser or the server found. */
  readonly issues: readonly Issue[];
  readonly credential: string | undefined;
  readonly record: RecordList | null;
  /** It changes what is there: what is left out stays, so that a field may be sent empty to clear it. */
  readonly isChange: boolean;
  /** What an empty field means, by field: shown in the field in place of its example. */
  readonly hints: Readonly<Record<string, string>>;
  /** Buttons below the fields. */
  readonly children: ReactNode;
}

/** The form of any operation: drawn from its JSON Schema alone. */
export function OperationForm({
  schema,
  limit,
  input,
  onChange,
  onSubmit,
  issues,
  credential,
  record,
  isChange,
  hints,
  children,
}: OperationFormProps) {
  const { schema: formSchema, uiSchema: byField } = useMemo(() => toFormSchema(schema), [schema]);
  const uiSchema = useMemo(() => {
    const hinted = Object.entries(hints).map(([name, hint]) => [name, { ...byField[name], "ui:placeholder": hint }]);
    return { ...byField, ...Object.fromEntries(hinted), "ui:groups": groupFields(schema, limit) };
  }, [byField, hints, schema, limit]);
  const { atFields } = useMemo(() => placeIssues(issues, schema), [issues, schema]);
  const empty = useMemo(() => (isChange ? emptyValues(schema) : {}), [isChange, schema]);
  // The library keeps what it was handed first: what its fields call has to ask for what is there now.
  const now = useRef({ input, onChange });
  useEffect(() => {
    now.current = { input, onChange };
  });
  const formContext = useMemo((): FormContext => {
    function sendEmpty(field: string, isSent: boolean): void {
      const { [field]: _before, ...others } = now.current.input;
      now.current.onChange(isSent ? { ...others, [field]: empty[field] } : others);
    }
    return { credential, record, clearable: Object.keys(empty), sendEmpty };
  }, [credential, record, empty]);
  return (
    <ThemedForm
      schema={formSchema as RJSFSchema}
      uiSchema={uiSchema}
      formData={input}
      formContext={formContext}
      validator={VALIDATOR}
      extraErrors={atFields}
      idPrefix="input"
      experimental_defaultFormStateBehavior={NOTHING_BY_ITSELF}
      noHtml5Validate
      showErrorList={false}
      onChange={({ formData }) => onChange({ ...sentEmpty(input), ...withoutEmpty(formData as Input) })}
      onSubmit={onSubmit}
      onError={onSubmit}
    >
      {children}
    </ThemedForm>
  );
}

/** What is to be sent empty stays so until something is filled in. */
function sentEmpty(input: Input): Input {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => isSentEmpty(value)));
}

/** What was emptied is not sent, at whatever depth; an entry of a list stays until it is removed. */
function withoutEmpty(input: Input): Input {
  const fields = Object.entries(input ?? {}).map(([name, value]) => [name, cleaned(value)] as const);
  return Object.fromEntries(fields.filter(([, value]) => !isEmpty(value)));
}

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => (entry === undefined ? {} : cleaned(entry)));
  return typeof value === "object" && value !== null ? withoutEmpty(value as Input) : value;
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === "";
}
