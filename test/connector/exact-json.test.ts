import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ExactNumber, parseJson, stringifyJson } from "../../connector/exact-json.ts";

describe("a number that JavaScript cannot hold", () => {
  it.each([
    "9007199254740993",
    "-12345678901234567891",
    "0.12345678901234567890123",
    "1.00000000000000000001",
    "123456789012345678901234567890e-5",
    "1e400",
    "-1E+400",
    "1e-400",
  ])("leaves as it came: %s", (number) => {
    for (const text of [`[${number}]`, `{"a":{"b":[1,${number}]},"c":"${number}"}`, `[ ${number} , "x" ]`]) {
      const { plain, exact } = parseJson(text);
      expect(stringifyJson(exact)).toBe(text.replaceAll(" ", ""));
      expect(plain).toEqual(JSON.parse(text));
      expect(JSON.stringify(exact)).toBe(JSON.stringify(plain));
    }
  });

  it("is text to people and the nearest number to code that counts", () => {
    const [number] = parseJson("[9007199254740993]").exact as [ExactNumber];
    expect(number).toBeInstanceOf(ExactNumber);
    expect([String(number), Number(number)]).toEqual(["9007199254740993", 9007199254740992]);
  });
});

describe("every other number", () => {
  it.each([
    "0",
    "-0",
    "1767225600123",
    "9007199254740992",
    "-9007199254740991",
    "0.1",
    "100.0",
    "1e21",
    "1.5E3",
    "5e-324",
    "1.7976931348623157e308",
    "0.30000000000000004",
    "10000000000000000000000",
    "0e999999",
  ])("is a number as ever: %s", (number) => {
    const { plain, exact } = parseJson(`{"a":[${number}]}`);
    expect(exact).toBe(plain);
    expect(plain).toEqual({ a: [Number(number)] });
  });
});

describe("exact JSON", () => {
  const digits = (min: number) => fc.stringMatching(new RegExp(`^-?[1-9][0-9]{${min},30}$`));
  const number = fc.oneof(
    digits(0),
    fc.tuple(digits(0), fc.stringMatching(/^[0-9]{1,30}$/)).map((parts) => parts.join(".")),
    fc.tuple(digits(0), fc.integer({ min: -400, max: 400 })).map((parts) => parts.join("e")),
  );
  /** Texts that look like numbers, end in backslashes and hold quotes. */
  const string = fc
    .oneof(fc.string({ unit: "binary" }), number, fc.constantFrom('\\"', "\\\\", '",12345678901234567891,"', "number-"))
    .map((text) => JSON.stringify(text));
  const json = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      number,
      string,
      fc.constantFrom("null", "true", "[]", "{}"),
      fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
      fc
        .uniqueArray(fc.tuple(fc.oneof(string, fc.constant('"__proto__"')), tie("value")), {
          maxLength: 4,
          selector: ([key]) => key,
        })
        .map((fields) => `{${fields.map((field) => field.join(":")).join(",")}}`),
    ),
  })).value;

  it("is what JSON is, and names the numbers that came", () => {
    const numbersOf = (text: string) => (text.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d[\d.eE+-]*/g) ?? []).map(canonical);
    fc.assert(
      fc.property(json, (text) => {
        const { plain, exact } = parseJson(`[${text}]`);
        expect(JSON.stringify(plain)).toBe(JSON.stringify(JSON.parse(`[${text}]`)));
        expect(JSON.stringify(exact)).toBe(JSON.stringify(plain));
        const written = stringifyJson(exact);
        // Names that are whole numbers come first in JavaScript's objects, so only the set of numbers is compared.
        expect(numbersOf(written).sort()).toEqual(numbersOf(text).sort());
        expect(JSON.parse(written)).toEqual(plain);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is written with an indent as JSON is", () => {
    const { plain, exact } = parseJson('{"a":[12345678901234567890],"b":{}}');
    expect(stringifyJson(exact, 2)).toBe(JSON.stringify(plain, null, 2).replace("12345678901234567000", "12345678901234567890"));
    expect(() => parseJson("[12345678901234567890")).toThrow(SyntaxError);
  });
});

/** By arithmetic of whole numbers, unlike the code under test. */
function canonical(number: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  let mantissa = BigInt(whole + fraction);
  let power = Number(exponent) - fraction.length;
  if (mantissa === 0n) return "0";
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    power += 1;
  }
  return `${sign}${mantissa}e${power}`;
}
