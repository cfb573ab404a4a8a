import { Button } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { Link } from "wouter";
import { Empty } from "./empty.tsx";

interface MissingProps {
  /** One of them: "credential". */
  readonly what: string;
  /** Where all of them are. */
  readonly list: string;
  /** Why it may be missing. */
  readonly children: string;
}

/** In the place of something that an address names and that is not there. */
export function Missing({ what, list, children }: MissingProps) {
  return (
    <Empty
      icon={<IconZoomQuestion />}
      title={`There is no such ${what}`}
      action={
        <Button component={Link} href={list} variant="light">
          All {what}s
        </Button>
      }
    >
      {children}
    </Empty>
  );
}
