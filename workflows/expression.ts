import { Liquid, Tokenizer, TokenKind, Value } from "liquidjs";
import { applyFilter, caseName, FILTERS, type FilterName, filterOf, isFilterName } from "./filters.ts";

/** A step of a path: the name of a field, or the place of an entry (negative from the end). */
export type Segment = string | number;

export type Operand =
  | { readonly kind: "path"; readonly path: readonly Segment[] }
  | { readonly kind: "literal"; readonly value: string | number | boolean | null };

export interface FilterCall {
  readonly name: FilterName;
  readonly args: readonly Operand[];
  /** `approved: "Verified"` of `choose`, in order. */
  readonly named: readonly (readonly [name: string, value: Operand])[];
}

/** What stands between `{{` and `}}`. */
export interface Expression {
  /** As it was written, without the braces and the blanks in them. */
  readonly source: string;
  readonly initial: Operand;
  readonly filters: readonly FilterCall[];
  readonly liquid: Value;
}

/** Text in which expressions stand; literal parts are strings, none of them empty. */
export type Template = readonly (string | Expression)[];

/** Why a text is no template. The message is a sentence without its last stop, for people. */
export class ExpressionError extends Error {
  readonly expression: string;
  /** What is wrong with it: it cannot be read, or it names no filter of ours, or gives a filter what it does not take. */
  readonly code: "expression_invalid" | "unknown_filter" | "filter_argument";

  constructor(message: string, expression: string, code: ExpressionError["code"] = "expression_invalid") {
    super(message);
    this.name = "ExpressionError";
    this.expression = expression;
    this.code = code;
  }
}

/** What an expression can begin with. */
const ROOTS = ["trigger", "steps", "item", "run"] as const;

/** Bounds of what is read. Work while evaluating has a bound of its own (`evaluate.ts`). */
const LIMITS = { template: 10_000, expression: 2_000, filters: 20, arguments: 50, path: 30 } as const;

/** Parses alone: without tags, files, templates of other names, operators. */
const liquid = new Liquid({
  ownPropertyOnly: true,
  strictFilters: true,
  parseLimit: LIMITS.template,
  operators: {},
  templates: {},
  globals: {},
});
for (const name of Object.keys(liquid.tags)) delete liquid.tags[name];
for (const name of Object.keys(liquid.filters)) delete liquid.filters[name];
for (const name of Object.keys(FILTERS) as FilterName[])
  liquid.registerFilter(name, function (value: unknown, ...args: unknown[]) {
    const given = filterOf(name).isNamed ? (args as [string, unknown][]).map(([key, one]) => [caseName(key), one]) : args;
    return applyFilter(name, value, given, (count) => this.context.memoryLimit.use(count));
  });

/** The options that a context needs to evaluate what was parsed here. */
export const LIQUID_OPTIONS = liquid.options;

/** Does a text hold anything but itself? */
export function isTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%");
}

/**
 * Reads a text with `{{ … }}` in it by liquidjs. A literal `{{` is written `{{ "{{" }}`.
 *
 * @throws ExpressionError where a tag, an operator, an unknown filter or root, or anything else beyond output expressions is met
 */
export function parseTemplate(text: string): Template {
  if (text.length > LIMITS.template) throw new ExpressionError(`is longer than ${LIMITS.template} characters`, text.slice(0, 40));
  const parts: (string | Expression)[] = [];
  for (const token of readTokens(text)) {
    if (token.kind === TokenKind.Tag)
      throw new ExpressionError(
        "holds a tag, {% … %}; only {{ … }} is read. Write {{ '{%' }} for the characters",
        token.getText(),
      );
    const part = token.kind === TokenKind.Output ? parseExpression(token.content) : token.content;
    if (part !== "") parts.push(part);
  }
  return parts;
}

interface TopLevelToken {
  readonly kind: TokenKind;
  readonly content: string;
  getText(): string;
}

function readTokens(text: string): TopLevelToken[] {
  try {
    const tokens = new Tokenizer(text, LIQUID_OPTIONS.operators).readTopLevelTokens(LIQUID_OPTIONS);
    return tokens.map((token) => ({
      kind: token.kind,
      content: "content" in token ? String(token.content) : (token as unknown as { getContent(): string }).getContent(),
      getText: () => token.getText(),
    }));
  } catch {
    const open = text.search(/\{[{%]/);
    const isTag = text[open + 1] === "%";
    throw new ExpressionError(
      isTag ? "holds a tag, {% … %}; only {{ … }} is read" : "has an opening {{ without its }}",
      text.slice(open, open + 60),
    );
  }
}

/** Reads what stands between the braces. @throws ExpressionError */
function parseExpression(source: string): Expression {
  if (source.length > LIMITS.expression)
    throw new ExpressionError(`is longer than ${LIMITS.expression} characters`, source.slice(0, 60));
  const fail = (message: string, code?: ExpressionError["code"]) => new ExpressionError(message, source, code);
  if (source.trim() === "") throw fail("holds nothing between {{ and }}");
  const value = readValue(source);
  const [initial, ...more] = value.initial.postfix as LiquidToken[];
  if (initial === undefined || more.length > 0) throw fail("is more than one value; join values by filters or by text");
  if (value.filters.length > LIMITS.filters) throw fail(`has more than ${LIMITS.filters} filters`);
  return {
    source,
    initial: toOperand(initial, fail),
    filters: value.filters.map((filter) => toCall(filter, fail)),
    liquid: value,
  };
}

function readValue(source: string): Value {
  const tokenizer = new Tokenizer(source, LIQUID_OPTIONS.operators);
  let read: ReturnType<Tokenizer["readFilteredValue"]>;
  try {
    read = tokenizer.readFilteredValue();
    tokenizer.skipBlank();
  } catch (error) {
    throw new ExpressionError(`cannot be read: ${sentence(error)}`, source);
  }
  if (!tokenizer.end())
    throw new ExpressionError(`cannot be read from ${JSON.stringify(tokenizer.remaining().slice(0, 20))} on`, source);
  const unknown = (read.filters as unknown as { name: string }[]).find(({ name }) => !isFilterName(name))?.name;
  if (unknown !== undefined) throw new ExpressionError(`uses ${unknown}, which is no filter`, source, "unknown_filter");
  return new Value(read, liquid);
}

/** liquidjs' words, without the place and the text that it repeats. */
function sentence(error: unknown): string {
  const message = error instanceof RangeError ? "it is nested too deeply" : error instanceof Error ? error.message : "";
  return (message.split("\n")[0] ?? "").replace(/, line:.*$/, "");
}

interface LiquidToken {
  readonly kind: TokenKind;
  readonly content?: unknown;
  readonly variable?: LiquidToken;
  readonly props?: readonly LiquidToken[];
  readonly begin: number;
  readonly end: number;
  getText(): string;
}

type Fail = (message: string, code?: ExpressionError["code"]) => ExpressionError;

const LITERALS: Readonly<Record<string, boolean | null>> = { true: true, false: false, nil: null, null: null };

function toOperand(token: LiquidToken, fail: Fail): Operand {
  switch (token.kind) {
    case TokenKind.Quoted:
      return { kind: "literal", value: wellFormed(String(token.content), fail) };
    case TokenKind.Number:
      return { kind: "literal", value: Number(token.content) };
    case TokenKind.Literal: {
      const value = LITERALS[token.getText()];
      if (value === undefined) throw fail(`uses ${token.getText()}, which is no value`);
      return { kind: "literal", value };
    }
    case TokenKind.PropertyAccess:
      return { kind: "path", path: toPath(token, fail) };
    default:
      throw fail(`uses ${token.getText()}, which is no value; ranges and operators are not read`);
  }
}

function toPath(token: LiquidToken, fail: Fail): Segment[] {
  if (token.variable !== undefined) throw fail("looks into a literal");
  const props = token.props ?? [];
  if (props.length > LIMITS.path) throw fail(`has a path of more than ${LIMITS.path} names`);
  // liquidjs passes over what it does not understand within brackets.
  const between = props.reduceRight(
    (text, prop) => text.slice(0, prop.begin - token.begin) + text.slice(prop.end - token.begin),
    token.getText(),
  );
  if (!/^(?:\.|\[\s*\]|\s)*$/.test(between)) throw fail("has something in [ ] that is neither a number nor a text in quotes");
  const path = props.map((prop) => toSegment(prop, fail));
  const root = path[0];
  if (!ROOTS.some((name) => name === root)) throw fail(`begins with ${String(root)}; a value comes from ${ROOTS.join(", ")}`);
  return path;
}

function toSegment(prop: LiquidToken, fail: Fail): Segment {
  if (prop.kind === TokenKind.Number && Number.isInteger(prop.content)) return Number(prop.content);
  if (prop.kind === TokenKind.Word && prop.getText() !== "")
    return /^\d+$/.test(prop.getText()) ? Number(prop.getText()) : prop.getText();
  if (prop.kind === TokenKind.Quoted) return wellFormed(String(prop.content), fail);
  throw fail("has something in [ ] that is neither a number nor a text in quotes");
}

function toCall(filter: { readonly name: string; readonly args: readonly unknown[] }, fail: Fail): FilterCall {
  const name = filter.name as FilterName;
  const { args: parameters, isNamed } = filterOf(name);
  if (filter.args.length > LIMITS.arguments) throw fail(`gives ${name} more than ${LIMITS.arguments} values`);
  const args: Operand[] = [];
  const named: (readonly [string, Operand])[] = [];
  for (const arg of filter.args) {
    if (!Array.isArray(arg)) args.push(toOperand(arg as LiquidToken, fail));
    else if (arg[1] === undefined) throw fail(`gives ${name} nothing for ${String(arg[0])}`, "filter_argument");
    else named.push([caseName(String(arg[0])), toOperand(arg[1] as LiquidToken, fail)]);
  }
  if (isNamed ? args.length > 0 || named.length === 0 : named.length > 0)
    throw fail(
      isNamed ? `gives ${name} no cases; write ${name}: a: "A", else: "B"` : `gives ${name} a named value`,
      "filter_argument",
    );
  const needed = parameters.filter(({ isOptional }) => !isOptional).length;
  if (args.length < needed || args.length > parameters.length)
    throw fail(
      `gives ${name} ${args.length} of ${needed === parameters.length ? needed : `${needed} to ${parameters.length}`} values`,
      "filter_argument",
    );
  return { name, args, named };
}

function wellFormed(text: string, fail: Fail): string {
  if (/\p{Cs}/u.test(text)) throw fail("holds half of a character (a lone surrogate)");
  return text;
}
