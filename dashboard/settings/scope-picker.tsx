import { Badge, Button, Group, Input, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type ReactNode, useId, useMemo, useState } from "react";
import type { Connector } from "../api/connector.ts";
import { ScopeAreaList } from "./scope-area-list.tsx";
import classes from "./scope-picker.module.css";
import { ALWAYS, defaultScopes, isSameSet, matches, mostScopes, scopeAreas } from "./scopes.ts";

export interface ScopePickerProps {
  readonly connector: Connector;
  readonly value: readonly string[];
  readonly onChange: (value: readonly string[]) => void;
  readonly error?: ReactNode;
}

/** The scopes that a consent asks for, chosen from what is documented. */
export function ScopePicker({ connector, value, onChange, error }: ScopePickerProps) {
  const most = mostScopes(connector);
  const [search, setSearch] = useState("");
  const areas = useMemo(() => scopeAreas(connector), [connector]);
  const defaults = useMemo(() => defaultScopes(connector), [connector]);
  const shown = areas
    .map((area) => ({ ...area, scopes: area.scopes.filter((scope) => matches(scope, search)) }))
    .filter(({ scopes }) => scopes.length > 0);
  const id = useId();

  return (
    <fieldset className={`plain ${classes.frame}`} aria-describedby={`${id}-rule ${id}-error`}>
      <Group component="legend" gap="xs" justify="space-between" className={classes.legend}>
        <Text size="sm" fw={550} component="span">
          Scopes
        </Text>
        <Badge color={value.length > most ? "brick" : "gray"} role="status">
          {value.length} of at most {most}
        </Badge>
      </Group>
      <Text size="xs" c="dimmed" id={`${id}-rule`}>
        What people are asked to approve. {connector.name} allows an app at most {most} scopes, and they must be the ones it is
        registered with; five to eight are usual.
      </Text>
      <Group gap="sm" my="sm">
        <TextInput
          aria-label="Search the scopes"
          placeholder="Search by name, meaning or operation"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          flex="1 1 16rem"
        />
        <Button variant="default" disabled={isSameSet(value, defaults)} onClick={() => onChange(defaults)}>
          Choose the defaults
        </Button>
      </Group>
      <div className={classes.areas}>
        {shown.map((area) => (
          <ScopeAreaList key={area.title} area={area} value={value} onChange={onChange} isSearching={search.trim() !== ""} />
        ))}
        {shown.length === 0 && (
          <Text size="sm" c="dimmed" p="sm" role="status">
            No scope matches “{search.trim()}”.
          </Text>
        )}
      </div>
      <Text size="xs" c="dimmed" mt={6}>
        {ALWAYS.join(", ")} is always requested: it lets the connection be renewed without a person.
      </Text>
      <div id={`${id}-error`}>{error && <Input.Error mt={4}>{error}</Input.Error>}</div>
    </fieldset>
  );
}
