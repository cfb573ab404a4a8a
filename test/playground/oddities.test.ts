import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { openSchemas, ROOT } from "../support/json-schemas.ts";
import { crawl, start } from "./client.ts";

// biome-ignore lint/suspicious/noExplicitAny: rows are what is being examined
type Row = any;
type Rows = Record<"users" | "postings" | "people" | "opportunities" | "leads" | "applications" | "steps", Row[]>;

const SIZE = { opportunities: 1000, users: 300, postings: 300 };
let rows: Rows;
let tags: string[];
let stages: string[];

beforeAll(async () => {
  const lever = await start(SIZE);
  const expands = ["applications", "contact"].map((name) => `expand=${name}`).join("&");
  const [opportunities, users, postings] = await Promise.all([
    crawl(lever, `/opportunities?confidentiality=all&${expands}`, 100),
    crawl(lever, "/users?includeDeactivated=true", 100),
    crawl(lever, "/postings?confidentiality=all", 100),
  ]);
  rows = {
    users,
    postings,
    opportunities,
    people: [...new Map(opportunities.map(({ contact }) => [contact.id, contact])).values()],
    leads: opportunities.filter(({ applications }) => applications.length === 0),
    applications: opportunities.flatMap(({ applications }) => applications),
    steps: opportunities.flatMap(({ stageChanges }) => stageChanges),
  };
  stages = (await lever.get("/stages")).body.data.map(({ id }: { id: string }) => id);
  tags = (await crawl(lever, "/tags", 100)).map(({ text }) => text);
  await lever.close();
});

/** How each row of the table shows in an answer. */
const SHOWS: Record<string, (row: Row) => boolean> = {
  "no name, though not anonymized": ({ name, isAnonymized }) => name === "" && !isAnonymized,
  "no e-mail address": ({ emails }) => emails.length === 0,
  "an address that strict readers refuse": ({ emails }) => /\.\.|\.@|['/]/.test(emails.join(" ")),
  "a name in another script": ({ name }) => /[^\p{Script=Latin}\p{Mark}\s]/u.test(name),
  "accents as letters of their own": ({ name }) => name !== name.normalize("NFC"),
  "a phone without `type`, or with null": ({ phones }) => phones.some(({ type }: Row) => type === undefined || type === null),
  "no `updatedAt`": ({ updatedAt }) => updatedAt === null,
  "no sources": ({ sources }) => sources.length === 0,
  "no tags": (row) => row.tags.length === 0,
  "a tag with a tab, a line break, an emoji or 200 characters": (row) =>
    row.tags.some((tag: string) => /[\t\n]|\p{Extended_Pictographic}|.{200}/u.test(tag)),
  "one stage change only": ({ stageChanges }) => stageChanges.length === 1,
  "a first stage change that is not `lead-new`": ({ stageChanges }) => stageChanges[0].toStageId !== "lead-new",
  "a `toStageIndex` that no longer matches": ({ stageChanges }) =>
    stageChanges.some((step: Row) => step.toStageIndex !== stages.indexOf(step.toStageId)),
  "no `userId`": ({ userId }) => userId === undefined,
  "the owner among the followers": ({ owner, followers }) => followers.includes(owner),
  followers: ({ followers }) => followers.length > 0,
  "`company` filled": ({ company }) => company !== null,
  "`customQuestions` filled": ({ customQuestions }) => customQuestions.length > 0,
  "null as `user`": ({ user }) => user === null,
  "no followers": ({ followers }) => followers.length === 0,
  "`requisitionCodes` filled": ({ requisitionCodes }) => requisitionCodes.length > 0,
  "no `transcribeInterviews`, no `screening`": (posting) => !("transcribeInterviews" in posting || "screening" in posting),
  "`salaryRange` without description": (posting) => "salaryRange" in posting && !("salaryDescription" in posting),
  "no department and no team": ({ categories }) => categories.department === null && categories.team === null,
  "no `allLocations`": ({ categories }) => categories.allLocations.length === 0,
  "a photo": ({ photo }) => photo !== null,
  "a `managerId`": ({ managerId }) => managerId !== null,
  "`linkedContactIds`": ({ linkedContactIds }) => linkedContactIds !== null,
  "a role of the account's own": ({ accessRole }) => /^[0-9a-f-]{36}$/.test(accessRole),
};

const SCHEMAS = {
  users: "user",
  postings: "posting",
  opportunities: "opportunity",
  people: "contact",
  applications: "application",
};
const table = readTable("## The mess of real accounts");

describe("the seeded account is as untidy as real ones", () => {
  it("in every way that docs/playground.md names, and in no other", () => {
    expect(table.map(([, oddity]) => oddity)).toEqual(Object.keys(SHOWS));
  });

  it.each(table)("of the %s, %s: %d %%", (of, oddity, percent) => {
    const all = rows[of as keyof Rows];
    const share = (100 * all.filter((row) => SHOWS[oddity]?.(row)).length) / all.length;
    const tolerance = Math.max(1, percent * 0.1);
    expect(share).toBeGreaterThan(percent - tolerance);
    expect(share).toBeLessThan(percent + tolerance);
  });

  it("and still matches the schemas", () => {
    const { validator, issues } = openSchemas();
    const found = Object.entries(SCHEMAS).flatMap(([kind, schema]) =>
      rows[kind as keyof Rows].flatMap((row) => issues(validator(`resources/${schema}.json`), row)),
    );
    expect(found).toEqual([]);
  });

  it("with each oddity even where there are few rows, and with rows that have everything", async () => {
    const lever = await start({ opportunities: 40 });
    const small = await crawl(lever, "/opportunities?confidentiality=all", 100);
    await lever.close();
    const ofOpportunities = table.filter(([of]) => of === "opportunities").map(([, oddity]) => oddity);
    expect(ofOpportunities.filter((oddity) => !small.some((row) => SHOWS[oddity]?.(row)))).toEqual([]);
    const complete = (row: Row) =>
      row.name !== "" && row.emails.length * row.sources.length * row.tags.length > 0 && row.updatedAt;
    expect(small.filter(complete).length).toBeGreaterThan(5);
  });

  it("with tags that differ only by case, and by how an accent is written", () => {
    expect(tags).toEqual(expect.arrayContaining(["Full-time", "Full-Time", "Cafe\u0301"]));
  });
});

function readTable(heading: string): [of: string, oddity: string, percent: number][] {
  const page = readFileSync(join(ROOT, "docs/playground.md"), "utf8");
  const section = page.split(`${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = [...section.matchAll(/^\| (?<of>\w+) \| (?<oddity>[^|]+) \| (?<percent>\d+) % \|$/gm)];
  return lines.map(({ groups = {} }) => [groups.of ?? "", groups.oddity ?? "", Number(groups.percent)]);
}
