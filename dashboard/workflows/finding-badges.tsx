import { Badge } from "@mantine/core";
import type { Finding } from "../../workflows/types.ts";

/** How much is wrong, or cannot be proved to be right. */
export function FindingBadges({ findings }: { findings: readonly Finding[] }) {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const doubts = findings.length - errors;
  return (
    <>
      {errors > 0 && <Badge color="brick">{errors === 1 ? "1 error" : `${errors} errors`}</Badge>}
      {errors === 0 && doubts > 0 && <Badge color="amber">{doubts === 1 ? "1 warning" : `${doubts} warnings`}</Badge>}
    </>
  );
}
