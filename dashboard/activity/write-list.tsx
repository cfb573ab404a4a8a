import { Button, Stack, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Write, type WriteFilter, writesQuery } from "../api/writes.ts";
import { Empty } from "../shell/empty.tsx";
import { Failure } from "../shell/failure.tsx";
import { Loading } from "../shell/loading.tsx";
import { NoMatch } from "../shell/no-match.tsx";
import { WriteDetail } from "./write-detail.tsx";
import { WriteFilters } from "./write-filters.tsx";
import { WriteTable } from "./write-table.tsx";

interface WriteListProps {
  readonly filter: WriteFilter;
  readonly onChange: (changed: Partial<WriteFilter>) => void;
}

const ANY: WriteFilter = { credential: "", operation: "", outcome: "", from: "", request: "" };

export function WriteList({ filter, onChange }: WriteListProps) {
  const [shown, setShown] = useState<Write>();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    ...writesQuery(filter),
    placeholderData: keepPreviousData,
  });
  const writes = data?.pages.flatMap((page) => page.data);
  const isFiltered = Object.values(filter).some((value) => value !== "");
  return (
    <Stack gap="md">
      <WriteFilters filter={filter} onChange={onChange} />
      {error && <Failure error={error} onReload={refetch} />}
      {!writes && !error && <Loading what="the writes" lines={6} />}
      {writes && (
        <Text size="sm" c="dimmed" role="status">
          {writes.length === 1 ? "1 write" : `${writes.length} writes`}
          {hasNextPage ? ", there are more" : ""}
        </Text>
      )}
      {writes && writes.length > 0 && <WriteTable writes={writes} onShow={setShown} />}
      {writes?.length === 0 && !hasNextPage && <Nothing isFiltered={isFiltered} onShowAll={() => onChange(ANY)} />}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()} mx="auto">
          Show more writes
        </Button>
      )}
      <WriteDetail write={shown} onClose={() => setShown(undefined)} />
    </Stack>
  );
}

function Nothing({ isFiltered, onShowAll }: { isFiltered: boolean; onShowAll: () => void }) {
  if (!isFiltered)
    return (
      <Empty icon={<IconHistory />} title="No writes yet">
        Each operation that changes something leaves a record here, from every caller: this dashboard, your programs or the
        command line.
      </Empty>
    );
  return <NoMatch one="write" many="writes" onShowAll={onShowAll} />;
}
