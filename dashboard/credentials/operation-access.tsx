import { Code, Text } from "@mantine/core";
import classes from "./test-report.module.css";

interface Access {
  readonly operation: string;
  /** Null: it cannot be told without writing. */
  readonly allowed: boolean | null;
  readonly missing?: readonly string[];
}

const GROUPS = [
  [true, "Allowed"],
  [false, "Not allowed"],
  [null, "Not known: writing cannot be tested without writing"],
] as const;

/** Which operations a credential may be used for; folded away, because most people want only the verdict. */
export function OperationAccess({ operations }: { operations: readonly Access[] }) {
  const count = operations.filter(({ allowed }) => allowed === true).length;
  return (
    <details className={classes.details}>
      <summary>
        {count} of {operations.length} operations are known to be allowed
      </summary>
      {GROUPS.map(([state, words]) => {
        const within = operations.filter(({ allowed }) => allowed === state);
        if (within.length === 0) return null;
        return (
          <Text size="sm" key={words} mt={6} component="div">
            {words}:
            <ul className={classes.names}>
              {within.map(({ operation, missing }) => (
                <li key={operation}>
                  <Code>{operation}</Code>
                  {missing && missing.length > 0 && ` lacks ${missing.join(", ")}`}
                </li>
              ))}
            </ul>
          </Text>
        );
      })}
    </details>
  );
}
