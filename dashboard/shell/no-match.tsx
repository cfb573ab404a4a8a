import { Button } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Empty } from "./empty.tsx";

/** Filters leave nothing of a list: offers to take them away. `one` and `many` name what is listed. */
export function NoMatch({
  one,
  many,
  onShowAll,
  children = "Change the filters.",
}: {
  one: string;
  many: string;
  onShowAll: () => void;
  children?: ReactNode;
}) {
  return (
    <Empty
      icon={<IconZoomQuestion />}
      title={`No ${one} matches`}
      action={
        <Button variant="light" onClick={onShowAll}>
          Show all {many}
        </Button>
      }
    >
      {children}
    </Empty>
  );
}
