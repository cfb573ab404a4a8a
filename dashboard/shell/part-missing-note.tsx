import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { isReady } from "../api/client.ts";

const ASK_EVERY_MS = 2_000;
const KEY = "lever-connector.reloaded-at";
/** Reloaded automatically and still missing: a further reload would not help either. */
const ONCE_IN_MS = 5 * 60_000;

/** In the place of a part whose file is missing. As soon as the server answers the page is reloaded, once; after that, on demand. */
export function PartMissingNote() {
  const [isReloaded] = useState(wasReloaded);
  useReloadOnce(!isReloaded);
  return (
    <Alert color="amber" icon={<IconCloudOff aria-hidden />} title="This page could not be loaded" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {isReloaded
            ? "The server did not send a file that this page needs, also after a reload. The other pages can be used."
            : "Either the server does not answer, or it has been upgraded since this page was opened. The page is reloaded automatically as soon as the server answers."}
        </Text>
        <Button size="xs" variant="default" onClick={() => window.location.reload()}>
          Reload the page
        </Button>
      </Stack>
    </Alert>
  );
}

function wasReloaded(): boolean {
  return Math.abs(Date.now() - Number(sessionStorage.getItem(KEY))) < ONCE_IN_MS;
}

function useReloadOnce(isWanted: boolean): void {
  useEffect(() => {
    if (!isWanted) return;
    const left = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function ask(): Promise<void> {
      const answers = await isReady(left.signal);
      if (left.signal.aborted) return;
      if (!answers) {
        timer = setTimeout(ask, ASK_EVERY_MS);
        return;
      }
      sessionStorage.setItem(KEY, String(Date.now()));
      window.location.reload();
    }
    void ask();
    return () => {
      left.abort();
      clearTimeout(timer);
    };
  }, [isWanted]);
}
