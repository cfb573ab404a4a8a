import { Button, Paper, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus, IconTerminal2 } from "@tabler/icons-react";
import { useSuspenseInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { apiKeysQuery, keyScopesQuery } from "../api/api-keys.ts";
import { Empty } from "../shell/empty.tsx";
import { ApiKeyRow } from "./api-key-row.tsx";
import { CreateKey } from "./create-key.tsx";
import classes from "./rows.module.css";
import { SectionHead } from "./section-head.tsx";

/** Keys with which programs call this server's API, for the current project. */
export function ApiKeys() {
  const { data: scopes } = useSuspenseQuery(keyScopesQuery);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useSuspenseInfiniteQuery(apiKeysQuery);
  const [isCreating, { open, close }] = useDisclosure();
  const keys = data.pages.flatMap((page) => page.data);
  const sorted = [...keys.filter(({ revokedAt }) => revokedAt === null), ...keys.filter(({ revokedAt }) => revokedAt !== null)];
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      Create a key
    </Button>
  );
  return (
    <section>
      <SectionHead title="API keys" actions={keys.length > 0 && create}>
        With a key your own programs call this server: the API, the SDK and the command line. A key belongs to the current
        project, and may do only what you choose for it.
      </SectionHead>
      {keys.length === 0 ? (
        <Empty icon={<IconTerminal2 />} title="No keys yet" action={create} level={3}>
          Create one for each program that calls the API, so that you can revoke one without the others.
        </Empty>
      ) : (
        <Stack>
          <Paper component="ul" className={classes.rows}>
            {sorted.map((key) => (
              <ApiKeyRow key={key.id} apiKey={key} scopes={scopes} />
            ))}
          </Paper>
          {hasNextPage && (
            <Button variant="default" onClick={() => fetchNextPage()} loading={isFetchingNextPage} w="fit-content" mx="auto">
              Show more keys
            </Button>
          )}
        </Stack>
      )}
      <CreateKey isOpen={isCreating} onClose={close} scopes={scopes} />
    </section>
  );
}
