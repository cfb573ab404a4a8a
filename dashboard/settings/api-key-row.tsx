import { Badge, Button, Code, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { type ApiKey, type KeyScope, useRevokeApiKey } from "../api/api-keys.ts";
import { Ago } from "../shell/ago.tsx";
import { Confirm } from "../shell/confirm.tsx";
import classes from "./rows.module.css";

/** A key as it is remembered: never the key itself. */
export function ApiKeyRow({ apiKey, scopes }: { apiKey: ApiKey; scopes: readonly KeyScope[] }) {
  const { id, name, prefix, createdAt, lastUsedAt, revokedAt } = apiKey;
  const [isAsking, { open, close }] = useDisclosure();
  const revoke = useRevokeApiKey();
  const isRevoked = revokedAt !== null;

  function confirm() {
    revoke.mutate(id, {
      onSuccess: () => {
        close();
        notifications.show({ title: "Revoked", message: `Calls with ${name} are refused from now on.` });
      },
    });
  }

  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <Group gap="xs">
          <Text fw={600} c={isRevoked ? "dimmed" : undefined}>
            {name}
          </Text>
          <Code>{prefix}…</Code>
          {isRevoked && <Badge color="gray">Revoked</Badge>}
        </Group>
        <Text size="sm" c={isRevoked ? "dimmed" : undefined}>
          {apiKey.scopes.map((scope) => scopes.find((one) => one.name === scope)?.description ?? scope).join(" · ")}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          Created <Ago at={createdAt} /> · {lastUsedAt === null ? "never used" : <>last used {<Ago at={lastUsedAt} />}</>}
          {isRevoked && (
            <>
              {" "}
              · revoked <Ago at={revokedAt} />
            </>
          )}
        </Text>
      </div>
      {!isRevoked && (
        <Button variant="default" size="xs" onClick={open} aria-label={`Revoke ${name}`}>
          Revoke …
        </Button>
      )}
      <Confirm
        title={`Revoke ${name}?`}
        verb="Revoke the key"
        isOpen={isAsking}
        onClose={close}
        onConfirm={confirm}
        change={revoke}
      >
        Programs that use it are refused at once, and it cannot be brought back: they need another key.
      </Confirm>
    </li>
  );
}
