import type { ReactNode } from "react";
import type { RecordList } from "../api/options.ts";

export interface PickListProps {
  /** Whose pick list it is; without one, only ids can be typed. */
  readonly credential: string | undefined;
  /** Name of the list as the manifest has it, for example `users`. */
  readonly list: string;
  readonly label: ReactNode;
  readonly description?: ReactNode;
  readonly error?: ReactNode;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly placeholder?: string;
  readonly id?: string;
}

export interface One {
  readonly multiple?: false;
  /** Null: nothing is chosen. */
  readonly value: string | null;
  readonly onChange: (value: string | null) => void;
}

export interface Many {
  /** Its values are offered in place of the pick list's; null while the record is not named yet. */
  readonly record?: RecordList | null | undefined;
  readonly multiple: true;
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
}
