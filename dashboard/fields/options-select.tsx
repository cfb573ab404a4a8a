import { ManyOptions } from "./many-options.tsx";
import { OneOption } from "./one-option.tsx";
import type { Many, One, PickListProps } from "./pick-list-props.ts";

/** Chooses one or many of a pick list by name. Any other id can be typed and is taken as it is. */
export function OptionsSelect(props: PickListProps & (One | Many)) {
  return props.multiple ? <ManyOptions {...props} /> : <OneOption {...props} />;
}
