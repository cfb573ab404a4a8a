import { Checkbox } from "@mantine/core";
import type { Schema } from "../api/connector.ts";

export interface SendEmptyProps {
  /** Of the field. */
  readonly title: string;
  readonly isChecked: boolean;
  /** Something is filled in: that is sent. */
  readonly isFilled: boolean;
  readonly onChange: (isChecked: boolean) => void;
}

/** Below a field that may be cleared: left empty it is not sent and stays as it is, so that clearing has to be said. */
export function SendEmpty({ title, isChecked, isFilled, onChange }: SendEmptyProps) {
  return (
    <Checkbox
      size="xs"
      mt={6}
      label="Send empty"
      aria-label={`Send empty: ${title}`}
      checked={isChecked}
      disabled={isFilled}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
  );
}

/** The fields that may be sent empty, by what that is. What has to be given, and fields inside an object, are none. */
export function emptyValues({ properties = {}, required = [] }: Schema): Readonly<Record<string, "" | readonly []>> {
  const fields = Object.entries(properties).filter(([name]) => !required.includes(name));
  return Object.fromEntries(fields.flatMap(([name, field]) => emptyValueOf(field).map((value) => [name, value])));
}

function emptyValueOf(field: Schema): ("" | readonly [])[] {
  const types = [field.type ?? []].flat();
  if (types.includes("array")) return Number(field.minItems ?? 0) === 0 ? [[]] : [];
  const isChosen = ["enum", "const", "format", "x-options", "x-unit"].some((keyword) => field[keyword] !== undefined);
  if (!types.includes("string") || isChosen || Number(field.minLength ?? 0) > 0) return [];
  return field.pattern === undefined || new RegExp(String(field.pattern), "u").test("") ? [""] : [];
}

export function isSentEmpty(value: unknown): boolean {
  return value === "" || (Array.isArray(value) && value.length === 0);
}
