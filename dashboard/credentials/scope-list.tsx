import { Code, Text } from "@mantine/core";
import type { Connector } from "../api/connector.ts";
import classes from "./scope-list.module.css";

/** Scopes in words. The names are shown too: they are what the service's pages speak of. */
export function ScopeList({ scopes, connector, label }: { scopes: readonly string[]; connector: Connector; label: string }) {
  const declared = connector.auth.flatMap((way) => (way.type === "oauth2" ? way.scopes : []));
  return (
    <ul className={classes.list} aria-label={label}>
      {scopes.map((scope) => (
        <li key={scope}>
          <Text size="sm">{declared.find(({ name }) => name === scope)?.description ?? "Not described by this connector."}</Text>
          <Code>{scope}</Code>
        </li>
      ))}
    </ul>
  );
}
