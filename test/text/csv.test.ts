import { expect, it } from "@jest/globals";
import { toCsvLine } from "../../text/csv.ts";

it("writes a line of CSV: texts quoted, quotes doubled, numbers as they are, nothing for nothing", () => {
  expect(toCsvLine(['a "b"', "c,d", 3, null, "e\r\nf"])).toBe('"a ""b""","c,d",3,,"e\r\nf"\r\n');
});

it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1"])(
  "lets no spreadsheet take %j for a formula",
  (text) => {
    expect(toCsvLine([text])).toBe(`"'${text}"\r\n`);
  },
);
