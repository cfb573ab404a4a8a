import { Button, Code, Paper, ScrollArea } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useMemo } from "react";
import { useCopy } from "../../shell/copy-button.tsx";
import classes from "./json-view.module.css";

/** A value as JSON text, to read and to copy. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
  const [isCopied, copy] = useCopy(text, "the text");
  return (
    <Paper p={0} className={classes.frame}>
      <Button
        className={classes.copy}
        size="compact-xs"
        variant="default"
        leftSection={isCopied ? <IconCheck size={14} /> : <IconCopy size={14} />}
        onClick={copy}
      >
        {isCopied ? "Copied" : "Copy"}
      </Button>
      <ScrollArea.Autosize mah={560} viewportProps={{ tabIndex: 0, role: "region", "aria-label": label }}>
        <Code block className={classes.text}>
          {text}
        </Code>
      </ScrollArea.Autosize>
    </Paper>
  );
}
