import { ActionIcon, Tooltip, VisuallyHidden } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { copyText } from "./copy-text.ts";

const SHOWN_MS = 2_000;

export interface CopyButtonProps {
  readonly value: string;
  /** Names what is copied: "the address". */
  readonly what: string;
}

/** Copies a text, and says that it did. */
export function CopyButton({ value, what }: CopyButtonProps) {
  const [isCopied, copy] = useCopy(value, what);
  const icon = isCopied ? <IconCheck size={18} /> : <IconCopy size={18} />;
  return (
    <>
      <Tooltip label={isCopied ? "Copied" : `Copy ${what}`}>
        <ActionIcon variant="default" size={36} aria-label={`Copy ${what}`} onClick={copy}>
          {icon}
        </ActionIcon>
      </Tooltip>
      <VisuallyHidden role="status">{isCopied ? `Copied ${what}` : ""}</VisuallyHidden>
    </>
  );
}

/** Copies on demand; for a moment it is known that this text was copied. Says so where the browser does not allow it. */
export function useCopy(value: string, what: string): [isCopied: boolean, copy: () => Promise<void>] {
  const [copied, setCopied] = useState<string>();
  const isCopied = copied === value;
  useEffect(() => {
    if (copied === undefined) return undefined;
    const timer = setTimeout(() => setCopied(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    const isDone = await copyText(value);
    setCopied(isDone ? value : undefined);
    if (!isDone)
      notifications.show({
        color: "amber",
        title: "Your browser does not allow copying",
        message: `Select ${what} and copy it yourself.`,
      });
  }
  return [isCopied, copy];
}
