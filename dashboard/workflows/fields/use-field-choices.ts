import { useState } from "react";
import type { Schema } from "../../api/connector.ts";
import { usePickList } from "../../fields/use-pick-list.ts";
import type { Choice } from "../mapping/mapped-input.tsx";
import { useStepScope } from "./step-scope.ts";

export interface FieldChoices {
  readonly choices: readonly Choice[] | undefined;
  readonly choicesNote: string | undefined;
  readonly nameOf: ((value: string) => string | undefined) | undefined;
  readonly onSearch: (search: string) => void;
}

/** What a field offers to choose from: the values that its schema allows, or the pick list behind it. */
export function useFieldChoices(schema: Schema, value: string): FieldChoices {
  const { credential } = useStepScope();
  const [search, setSearch] = useState("");
  const [isWanted, setIsWanted] = useState(false);
  const list = typeof schema["x-options"] === "string" ? schema["x-options"] : undefined;
  const isLiteral = value !== "" && !value.includes("{{");
  const pickList = usePickList({
    credential: credential === "owner" ? undefined : credential,
    list: list ?? "",
    search: isLiteral && search !== value ? "" : search,
    chosen: isLiteral && list !== undefined ? [value] : [],
    isWanted: list !== undefined && (isWanted || isLiteral),
  });
  const onSearch = (text: string) => {
    setIsWanted(true);
    setSearch(text.includes("{{") ? "" : text);
  };
  const allowed = allowedBy(schema);
  if (allowed !== undefined)
    return {
      choices: allowed.filter(
        ({ label }) => label.toLowerCase().includes(search.toLowerCase()) || allowed.some((one) => one.value === search),
      ),
      choicesNote: undefined,
      nameOf: (one) => allowed.find((choice) => choice.value === one && choice.label !== one)?.label,
      onSearch,
    };
  if (list === undefined) return { choices: undefined, choicesNote: undefined, nameOf: undefined, onSearch };
  return {
    choices: pickList.shown.slice(0, 50),
    choicesNote: noteOf(pickList.state, pickList.shown.length, credential),
    nameOf: (one) => {
      const option = pickList.optionOf(one);
      return option.label === one ? undefined : option.label;
    },
    onSearch,
  };
}

function noteOf(
  state: "idle" | "loading" | "ready" | "failed",
  count: number,
  credential: string | undefined,
): string | undefined {
  if (state === "failed") return "The list could not be read; you can type a value.";
  if (state === "loading") return "Reading the list …";
  if (credential === undefined || credential === "") return "Choose a credential to see the list, or type a value.";
  return state === "ready" && count === 0 ? "Nothing in the list has this name; it is used as typed." : undefined;
}

function allowedBy({ enum: allowed, type }: Schema): readonly Choice[] | undefined {
  if ([type ?? []].flat().includes("boolean")) return YES_NO;
  const values = allowed?.filter((value) => value !== null);
  return values?.map((value) => ({ value: String(value), label: String(value) }));
}

const YES_NO = [
  { value: "true", label: "Yes" },
  { value: "false", label: "No" },
] as const;
