import { Context, toValueSync } from "liquidjs";
import { type Expression, ExpressionError, LIQUID_OPTIONS, type Template } from "./expression.ts";
import { FilterError } from "./filters.ts";
import { toText } from "./values.ts";

/** What expressions may look at; plain JSON. */
export interface Scope {
  readonly trigger?: unknown;
  readonly steps?: unknown;
  readonly run?: unknown;
  readonly item?: unknown;
}

/** Characters and entries that may be made for one input. Counted, not timed: the same input has the same outcome on every machine. */
const MOST_WORK = 5_000_000;

/** Counts what the expressions of one input make. */
export interface Budget {
  use(count: number): void;
  check(count: number): void;
}

export function createBudget(most = MOST_WORK): Budget {
  let used = 0;
  const use = (count: number): void => {
    used += Math.max(0, count);
    if (used > most) throw new FilterError("makes more than the mapping language allows");
  };
  return { use, check: () => undefined };
}

/** The value of an expression, its type kept; undefined where there is none. @throws ExpressionError where a filter cannot be applied */
export function evaluate(expression: Expression, scope: Scope, budget: Budget = createBudget()): unknown {
  return attempt(expression, () => toValueSync(expression.liquid.value(new DataContext(scope, budget))));
}

/** The text that a template gives. Lists and objects become JSON in it, what is missing becomes no text. @throws ExpressionError */
export function evaluateText(template: Template, scope: Scope, budget: Budget = createBudget()): string {
  let text = "";
  for (const part of template) {
    const value = typeof part === "string" ? part : evaluate(part, scope, budget);
    const whole = attempt(part, () => {
      const piece = toText(value);
      budget.use(piece.length);
      return text + piece;
    });
    text = whole;
  }
  return text;
}

function attempt<T>(part: Expression | string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new ExpressionError(reason(error), typeof part === "string" ? "" : part.source);
  }
}

/** Looks at own fields of plain data alone: no prototype, no getter, no function. */
class DataContext extends Context {
  constructor(scope: Scope, budget: Budget) {
    // Both limits are given, because liquidjs would ask the clock for its own.
    super(
      Object.assign(Object.create(null), scope),
      LIQUID_OPTIONS,
      { sync: true, ownPropertyOnly: true },
      { memoryLimit: budget as never, renderLimit: budget as never },
    );
  }

  override readProperty(from: unknown, key: unknown): unknown {
    if (typeof from === "string") return key === "size" ? [...from].length : undefined;
    if (typeof from !== "object" || from === null) return undefined;
    if (Array.isArray(from)) return readEntry(from, key);
    return ownValue(from, String(key));
  }
}

function readEntry(list: readonly unknown[], key: unknown): unknown {
  if (key === "size") return list.length;
  const place =
    key === "first"
      ? 0
      : key === "last"
        ? -1
        : typeof key === "number" || /^-?\d{1,15}$/.test(String(key))
          ? Number(key)
          : Number.NaN;
  return ownValue(list, String(place < 0 ? list.length + place : place));
}

function ownValue(from: object, name: string): unknown {
  const value: unknown = Object.getOwnPropertyDescriptor(from, name)?.value;
  return typeof value === "function" ? undefined : value;
}

function reason(error: unknown): string {
  if (error instanceof FilterError) return error.message;
  if (error instanceof RangeError) return "meets a value that is nested too deeply or too long";
  return "cannot be applied to its value";
}
