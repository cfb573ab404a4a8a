import { hasCode } from "../api/field-errors.ts";
import { Failure } from "./failure.tsx";
import { Loading } from "./loading.tsx";
import { Missing } from "./missing.tsx";

interface NotShownProps {
  /** One of them: "credential". */
  readonly what: string;
  /** Where all of them are. */
  readonly list: string;
  readonly error: Error | null;
  readonly onReload: () => unknown;
  /** Why it may be missing. */
  readonly children: string;
}

/** In the place of something that an address names: it is being read, could not be read, or is not there. */
export function NotShown({ what, list, error, onReload, children }: NotShownProps) {
  if (error === null) return <Loading what={`the ${what}`} lines={6} />;
  if (!hasCode(error, "not_found")) return <Failure error={error} onReload={onReload} />;
  return (
    <Missing what={what} list={list}>
      {children}
    </Missing>
  );
}
