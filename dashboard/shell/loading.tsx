import { Skeleton, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useEffect, useState } from "react";

/** Grey lines in the place of what is being read; after a second also words. */
export function Loading({ what, lines = 4 }: { what: string; lines?: number }) {
  const isSlow = useAfter(1_000);
  return (
    <Stack gap="sm" aria-busy="true" mih={lines * 40}>
      <VisuallyHidden role="status">Reading {what} …</VisuallyHidden>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines that are all alike
        <Skeleton key={line} h={28} w={`${100 - ((line * 13) % 40)}%`} />
      ))}
      <Text size="sm" c="dimmed" h={22}>
        {isSlow ? `Reading ${what} …` : ""}
      </Text>
    </Stack>
  );
}

function useAfter(ms: number): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsOver(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return isOver;
}
