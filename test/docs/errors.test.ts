import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { loadConnector } from "../../connector/manifest.ts";
import { ERRORS } from "../../errors/connector-error.ts";
import { toProblem } from "../../errors/problem.ts";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")).trim(), section]),
);

describe("docs/errors.md and the table of errors", () => {
  it("name the same codes", () => {
    expect([...sections.keys()].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it("show a problem document as the server answers it", () => {
    const shown = JSON.parse(page.split("```json\n")[1]?.split("```")[0] ?? "");
    const check = () => loadConnector().operation("add_opportunity_tags").checkInput({ opportunity_id: "x", tags: [] });
    expect(shown).toEqual(toProblem(thrownBy(check), shown.requestId));
  });

  it.each(Object.entries(ERRORS))("agree on %s", (code, { status, retryable, title }) => {
    const section = sections.get(code) ?? "";
    expect(section).toContain(`${title}. Status ${status}, ${retryable ? "retryable" : "not retryable"}.`);
  });
});

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
