import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createBudget, evaluate, evaluateText } from "../../workflows/evaluate.ts";
import { ExpressionError, parseTemplate } from "../../workflows/expression.ts";
import { parseMapped, resolveMapped } from "../../workflows/mapping.ts";
import { kindOf } from "../../workflows/values.ts";
import { HOSTILE } from "../support/hostile-strings.ts";

/** What must not come out of anything: it lies on a prototype, behind a getter or in a function. */
const CANARY = "canary-5c1d";
/** Asked while something is evaluated, it fails the test. */
let asked: string[] = [];

function hostileScope(text: string) {
  let deep: unknown = "end";
  for (let level = 0; level < 20_000; level += 1) deep = [deep];
  const input = {
    text,
    count: 3,
    when: "2026-01-01T00:00:00Z",
    list: [{ a: 1 }, { a: 2 }, text],
    big: "a".repeat(100_000),
    quotes: '"\\'.repeat(1000),
    deep,
    method: () => CANARY,
  };
  Object.defineProperty(input, "trap", {
    enumerable: true,
    get() {
      asked.push("a getter");
      return CANARY;
    },
  });
  const trigger = Object.assign(Object.create({ inherited: CANARY }), { input });
  return { trigger, steps: {}, run: { id: "run_1", startedAt: "2026-01-01T00:00:00Z" }, item: text };
}

const { now } = Date;
const { fetch } = globalThis;
const RealDate = globalThis.Date;

beforeEach(() => {
  asked = [];
  (Object.prototype as Record<string, unknown>).polluted = CANARY;
});
afterEach(() => {
  delete (Object.prototype as Record<string, unknown>).polluted;
});

/** Runs something with clock and network taken away. */
function isolated<T>(work: () => T): T {
  const performanceNow = performance.now;
  const forbidden = (what: string) => () => {
    asked.push(what);
    return 0;
  };
  Date.now = forbidden("the clock");
  performance.now = forbidden("the clock");
  globalThis.fetch = forbidden("the network") as never;
  globalThis.Date = new Proxy(RealDate, {
    construct(target, args) {
      if (args.length === 0) asked.push("the clock");
      return Reflect.construct(target, args);
    },
  });
  try {
    return work();
  } finally {
    globalThis.Date = RealDate;
    Date.now = now;
    performance.now = performanceNow;
    globalThis.fetch = fetch;
  }
}

describe("a hostile text", () => {
  it("comes in more than five hundred kinds", () => expect(HOSTILE.length).toBeGreaterThan(500));

  it("stays data where it is data, whole, within text, in lists, in names of fields and through filters", () => {
    const [whole, within] = [parseTemplate("{{ trigger.input.text }}"), parseTemplate("<{{ item }}>")];
    const mapped = parseMapped({ a: ["{{ trigger.input.text }}", { b: "{{ item }}" }] }, () => expect("a fault").toBe("none"));
    const same = parseTemplate('{{ trigger.input.text | append: "!" | slice: 0, 100000 | replace: "!", "" }}');
    for (const text of HOSTILE) {
      const scope = hostileScope(text);
      expect(evaluate(whole[0] as never, scope)).toBe(text);
      expect(evaluateText(within, scope)).toBe(`<${text}>`);
      expect(resolveMapped(mapped, scope)).toEqual({ value: { a: [text, { b: text }] } });
      expect(evaluate(same[0] as never, scope)).toBe(text.replaceAll("!", ""));
      const named = resolveMapped(
        parseMapped({ [`x${text}`]: "{{ run.id }}" }, () => undefined),
        scope,
      );
      expect(named).toEqual({ value: { [`x${text}`]: "run_1" } });
    }
    expect(asked).toEqual([]);
  });

  it.each([
    ["between braces", (text: string) => `{{ ${text} }}`],
    ["as it is", (text: string) => text],
    ["as a filter's argument", (text: string) => `{{ trigger.input.text | default: ${text} }}`],
    ["as a name", (text: string) => `{{ trigger["${text}"] }}`],
  ])(
    "as an expression %s is refused, or gives plain data within bounds: no prototype, getter, function, clock or network",
    (_, write) => {
      const scope = hostileScope("data");
      const before = process.memoryUsage().heapUsed;
      const from = now();
      let read = 0;
      for (const text of HOSTILE) {
        const value = isolated(() => outcomeOf(write(text), scope));
        if (value === REFUSED) continue;
        read += 1;
        expect(value === undefined || value === null || kindOf(value) !== undefined).toBe(true);
        expect(size(value)).toBeLessThan(6_000_000);
        if (size(value) < 100_000 && value !== scope.trigger && value !== scope.trigger.input)
          expect(JSON.stringify(value) ?? "").not.toContain(CANARY);
      }
      expect(asked).toEqual([]);
      expect(read).toBeGreaterThan(0);
      // Far above what is needed, on a machine that is busy: an expression without bounds would take minutes and gigabytes.
      expect(now() - from).toBeLessThan(60_000);
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_500_000_000);
      expect(({} as Record<string, unknown>).a).toBeUndefined();
    },
    90_000,
  );

  it.each([
    "trigger.input.big | replace: 'a', trigger.input.big",
    "trigger.input.big | split: '' | join: trigger.input.big",
    `trigger.input.quotes ${"| json ".repeat(20)}`,
    `trigger.input.big ${"| append: trigger.input.big ".repeat(15)}`,
  ])("that grows without end is stopped: %s", (source) => {
    expect(() => evaluate(parseTemplate(`{{ ${source} }}`)[0] as never, hostileScope("x"))).toThrow(
      "makes more than the mapping language allows",
    );
  });

  it("shares one bound among all expressions of an input", () => {
    const budget = createBudget(250_000);
    const [expression] = parseTemplate("{{ trigger.input.big | upcase }}");
    const scope = hostileScope("x");
    evaluate(expression as never, scope, budget);
    evaluate(expression as never, scope, budget);
    expect(() => evaluate(expression as never, scope, budget)).toThrow("makes more than");
  });

  it("looks at no getter where a whole object becomes text", () => {
    const { trigger } = hostileScope("x");
    const input = Object.defineProperty({ a: { b: 1 }, method: () => CANARY }, "trap", {
      enumerable: true,
      get: () => asked.push("a getter"),
    });
    const text = (source: string) => evaluateText(parseTemplate(source), { trigger: { ...trigger, input } });
    expect(text("{{ trigger.input | json }}, {{ trigger.input }}")).toBe('{"a":{"b":1}}, {"a":{"b":1}}');
    expect(asked).toEqual([]);
  });

  it("nested more deeply than anything can walk is told as such", () => {
    expect(() => evaluate(parseTemplate("{{ trigger.input.deep | json }}")[0] as never, hostileScope("x"))).toThrow(
      "nested too deeply",
    );
  });

  it.each(["{% if x %}", "a {%- raw -%}", "{% include 'x' %}", "{%"])("with a tag is refused: %s", (text) => {
    expect(() => parseTemplate(text)).toThrow("tag");
  });

  it("with braces of its own can be written", () => {
    const text = (source: string) => evaluateText(parseTemplate(source), hostileScope("x"));
    expect(text('{{ "{{" }} and {{ "}}" }} and {{ "{%" }}')).toBe("{{ and }} and {%");
    expect(text("}} alone")).toBe("}} alone");
  });
});

const REFUSED = Symbol("refused");

function outcomeOf(text: string, scope: ReturnType<typeof hostileScope>): unknown {
  try {
    const template = parseTemplate(text);
    const [only] = template;
    return template.length === 1 && typeof only === "object" ? evaluate(only, scope) : evaluateText(template, scope);
  } catch (error) {
    if (error instanceof ExpressionError) return REFUSED;
    throw error;
  }
}

function size(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return 0;
}
