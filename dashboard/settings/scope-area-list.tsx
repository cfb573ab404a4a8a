import { Badge, Checkbox, Code, Text } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import classes from "./scope-picker.module.css";
import type { ScopeArea, ScopeChoice } from "./scopes.ts";

export interface ScopeAreaListProps {
  readonly area: ScopeArea;
  readonly value: readonly string[];
  readonly onChange: (value: readonly string[]) => void;
  /** Everything that is found is shown. */
  readonly isSearching: boolean;
}

/** The scopes of one area, folded away where none of them is chosen. */
export function ScopeAreaList({ area: { title, scopes }, value, onChange, isSearching }: ScopeAreaListProps) {
  const chosen = scopes.filter(({ name }) => value.includes(name)).length;
  const [isOpen, setIsOpen] = useState(chosen > 0);

  function choose(name: string, isChosen: boolean) {
    onChange(isChosen ? [...value, name] : value.filter((one) => one !== name));
  }

  return (
    <details
      open={isSearching || isOpen}
      onToggle={({ currentTarget }) => !isSearching && setIsOpen(currentTarget.open)}
      className={classes.area}
    >
      <summary className={classes.summary}>
        <IconChevronRight size={16} aria-hidden className={classes.chevron} />
        <Text size="sm" fw={600} component="span">
          {title}
        </Text>
        <Text size="xs" c="dimmed" component="span" ml="auto">
          {chosen} of {scopes.length}
        </Text>
      </summary>
      <div className={classes.scopes}>
        {scopes.map((scope) => (
          <Checkbox
            key={scope.name}
            label={<ScopeLabel scope={scope} />}
            description={<Allows scope={scope} />}
            checked={value.includes(scope.name)}
            onChange={({ currentTarget }) => choose(scope.name, currentTarget.checked)}
          />
        ))}
      </div>
    </details>
  );
}

function ScopeLabel({ scope: { name, isDefault } }: { scope: ScopeChoice }) {
  return (
    <>
      <Code>{name}</Code> {isDefault && <Badge size="sm">Default</Badge>}
    </>
  );
}

function Allows({ scope: { description, operations } }: { scope: ScopeChoice }) {
  return (
    <>
      {description}
      {operations.length > 0 && <span className={classes.operations}>Allows {operations.join(", ")}</span>}
    </>
  );
}
