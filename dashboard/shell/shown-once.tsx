import { Alert, Button, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { DialogActions } from "./dialog-actions.tsx";

interface ShownOnceProps {
  /** What the server keeps of it, and where to put it. */
  readonly note: string;
  /** The secret, to be copied. */
  readonly children: ReactNode;
  /** On the button that ends it: "I have saved the key". */
  readonly verb: string;
  readonly onDone: () => void;
}

/** The part of a dialog that shows a secret just created, which cannot be shown again. */
export function ShownOnce({ note, children, verb, onDone }: ShownOnceProps) {
  useAskBeforeLeaving();
  return (
    <Stack>
      <Alert color="amber" icon={<IconAlertTriangle />} title="Shown only once">
        {note}
      </Alert>
      {children}
      <DialogActions>
        <Button onClick={onDone}>{verb}</Button>
      </DialogActions>
    </Stack>
  );
}

function useAskBeforeLeaving(): void {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
}
