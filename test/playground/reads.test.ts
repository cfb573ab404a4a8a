import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openSchemas } from "../support/json-schemas.ts";
import { type Client, crawl, start } from "./client.ts";

let lever: Client;

beforeAll(async () => {
  lever = await start({ opportunities: 230 });
});
afterAll(() => lever.close());

// biome-ignore lint/suspicious/noExplicitAny: rows are what is being examined
async function all(query = ""): Promise<any[]> {
  return crawl(lever, `/opportunities${query}`, 100);
}

describe("answers", () => {
  it("carry the recorded headers and no request id, ETag or rate-limit headers", async () => {
    const { headers } = await lever.get("/stages");
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("server")).toBe("lever-data-api");
    expect(headers.get("x-stream-path")).toBe("dapi");
    expect(headers.get("x-lever-region")).toBe("global");
    for (const name of ["etag", "x-request-id", "retry-after", "x-powered-by"]) expect(headers.get(name)).toBeNull();
  });

  it("say 404 for an unknown path even without credentials", async () => {
    const { status, body } = await lever.get("/nope?x=1", { authorization: "" });
    expect(status).toBe(404);
    expect(body).toEqual({ code: "ResourceNotFound", message: "/v1/nope does not exist" });
  });

  it("say 404 for a known path with an unknown method", async () => {
    expect((await lever.call("PATCH", "/v1/opportunities", {})).status).toBe(404);
  });

  it.each(["", "Basic", "Basic bm9wZTo=", "Basic cGxheWdyb3VuZDp4", "Bearer x.y.z", "Digest a"])(
    "say 401 to the credentials %p",
    async (authorization) => {
      const { status, body } = await lever.get("/stages", { authorization });
      expect(status).toBe(401);
      expect(body).toEqual({ code: "UnauthorizedError", message: "The request requires authentication." });
    },
  );
});

describe("paging", () => {
  it("writes next as a percent-encoded JSON array that must be encoded once more", async () => {
    const { body } = await lever.get("/opportunities?limit=2");
    expect(body.next).toMatch(/^%5B\d+%2C\d+%2C%22[0-9a-f-]{36}%22%5D$/);
    const again = await lever.get(`/opportunities?limit=2&offset=${encodeURIComponent(body.next)}`);
    expect(again.status).toBe(200);
    expect(again.body.data[0].id).not.toBe(body.data[0].id);
  });

  it("takes next appended raw as well, as an older exporter does", async () => {
    const { body } = await lever.get("/opportunities?limit=2");
    const encoded = await lever.get(`/opportunities?limit=2&offset=${encodeURIComponent(body.next)}`);
    const raw = await lever.get(`/opportunities?limit=2&offset=${body.next}`);
    expect([raw.status, raw.body]).toEqual([200, encoded.body]);
  });

  it.each(["%5B1%2C2%5D", "%5B1%2C2%2C3%5D", "0.1414895548650.x", "%255B1%255D", "%25", ""])(
    "refuses the offset %p with 400",
    async (offset) => {
      const { status, body } = await lever.get(`/opportunities?offset=${offset}`);
      expect(status).toBe(400);
      expect(body.message).toContain("Invalid offset token");
    },
  );

  it("leaves next out on the last page", async () => {
    const { body } = await lever.get("/stages");
    expect(body).toEqual({ data: expect.any(Array), hasNext: false });
  });

  it.each(["0", "101", "ten", "-1"])("refuses the limit %p with 400", async (limit) => {
    expect((await lever.get(`/opportunities?limit=${limit}`)).status).toBe(400);
  });

  it("gives every row once, by stage rank and then the last advanced first", async () => {
    const stages: string[] = (await lever.get("/stages")).body.data.map((stage: { id: string }) => stage.id);
    const rows = await crawl(lever, "/opportunities?confidentiality=all", 17);
    expect(rows).toHaveLength(230);
    expect(new Set(rows.map((row) => row.id)).size).toBe(230);
    const keys = rows.map((row) => [stages.indexOf(row.stage), row.lastAdvancedAt]);
    const sorted = [...keys].sort(([a = 0, x = 0], [b = 0, y = 0]) => a - b || y - x);
    expect(keys).toEqual(sorted);
  });

  it("lists users and postings by creation, the newest first", async () => {
    for (const path of ["/users", "/postings?confidentiality=all"]) {
      const times = (await crawl(lever, path, 3)).map((row) => row.createdAt);
      expect(times).toEqual([...times].sort((a, b) => b - a));
    }
  });

  it("lists tags without ids and alphabetically, ignoring case", async () => {
    const tags = await crawl(lever, "/tags", 4);
    expect(Object.keys(tags[0])).toEqual(["text", "count"]);
    const texts = tags.map((tag) => tag.text.toLowerCase());
    expect(texts).toEqual([...texts].sort());
  });
});

describe("opportunities", () => {
  it("are both active and archived, snoozed included, when nothing is asked for", async () => {
    const rows = await all();
    expect(rows.some((row) => row.archived !== null)).toBe(true);
    expect(rows.some((row) => row.archived === null)).toBe(true);
    expect(rows.some((row) => row.snoozedUntil !== null)).toBe(true);
  });

  it("leave out confidential ones unless asked", async () => {
    expect((await all()).every((row) => row.confidentiality === "non-confidential")).toBe(true);
    expect((await all("?confidentiality=confidential")).every((row) => row.confidentiality === "confidential")).toBe(true);
    expect((await all("?confidentiality=confidential")).length).toBeGreaterThan(0);
    expect((await lever.get("/opportunities?confidentiality=secret")).status).toBe(400);
  });

  it("without a posting have no application and no opportunityLocation", async () => {
    const leads = (await all()).filter((row) => row.applications.length === 0);
    expect(leads.length).toBeGreaterThan(0);
    for (const lead of leads) expect(lead).not.toHaveProperty("opportunityLocation");
  });

  it("of several locations come together when location is repeated", async () => {
    const of = async (...places: string[]) => (await all(`?${places.map((place) => `location=${place}`).join("&")}`)).length;
    expect(await of("Vienna", "Berlin")).toBe((await of("Vienna")) + (await of("Berlin")));
    expect(await of("Vienna")).toBeGreaterThan(0);
  });

  it("with a posting of several places say unspecified", async () => {
    expect((await all("?location=unspecified")).length).toBeGreaterThan(0);
  });

  it("have slugs or UUIDs as stage ids", async () => {
    const ids = new Set((await all()).map((row) => row.stage));
    expect(ids).toContain("lead-new");
    expect([...ids].some((id) => /^[0-9a-f-]{36}$/.test(id))).toBe(true);
  });

  it("of old times have no updatedAt and never match updated_at filters", async () => {
    const rows = await all("?confidentiality=all");
    const untouched = rows.filter((row) => row.updatedAt === null);
    expect(untouched.length).toBeGreaterThan(0);
    const touched = await all("?confidentiality=all&updated_at_start=0");
    expect(touched).toHaveLength(rows.length - untouched.length);
  });

  it("match time bounds inclusively", async () => {
    const [row] = await all();
    const found = await all(`?created_at_start=${row.createdAt}&created_at_end=${row.createdAt}`);
    expect(found.map((other) => other.id)).toContain(row.id);
  });

  it("compare tags by case", async () => {
    const upper = await all("?tag=Full-Time");
    const lower = await all("?tag=Full-time");
    expect(upper.length).toBeGreaterThan(0);
    expect(upper.every((row) => row.tags.includes("Full-Time"))).toBe(true);
    expect(lower.every((row) => row.tags.includes("Full-time"))).toBe(true);
  });

  it("join the values of one filter by or, different filters by and", async () => {
    const applied = await all("?origin=applied");
    const either = await all("?origin=applied&origin=sourced");
    const both = await all("?origin=applied&archived=true");
    expect(either.length).toBeGreaterThan(applied.length);
    expect(both).toEqual(applied.filter((row) => row.archived !== null));
  });

  it("are found by e-mail whatever its case, and a malformed address is a 400", async () => {
    const row = (await all()).find((candidate) => candidate.emails.length > 0);
    const found = await all(`?email=${row.emails[0].toUpperCase()}`);
    expect(found.map((other) => other.contact)).toContain(row.contact);
    expect(await all("?email=nobody@example.com")).toEqual([]);
    const refused = await lever.get("/opportunities?email=nobody");
    expect([refused.status, refused.body.message]).toEqual([400, "Email address is not valid"]);
  });

  it("are found by posting only while the application is active, else by archived_posting_id", async () => {
    const rows = await all("?expand=applications");
    const archived = rows.find((row) => row.applications[0]?.archived);
    const { posting } = archived.applications[0];
    const ids = (list: { id: string }[]) => list.map((row) => row.id);
    expect(ids(await all(`?posting_id=${posting}`))).not.toContain(archived.id);
    expect(ids(await all(`?archived_posting_id=${posting}`))).toContain(archived.id);
  });

  it("answer every documented filter", async () => {
    const row = (await all()).find((candidate) => candidate.archived !== null && candidate.sources.length > 0);
    const filters = {
      source: row.sources[0],
      stage_id: row.stage,
      archive_reason_id: row.archived.reason,
      contact_id: row.contact,
    };
    for (const [name, value] of Object.entries(filters)) {
      const found = await all(`?${new URLSearchParams({ [name]: value })}`);
      expect([name, found.map((other) => other.id)]).toEqual([name, expect.arrayContaining([row.id])]);
      expect(found.length).toBeLessThan(200);
    }
    const window = `archived_at_start=${row.archived.archivedAt}&archived_at_end=${row.archived.archivedAt}&advanced_at_start=1`;
    expect((await all(`?${window}`)).map((other) => other.id)).toContain(row.id);
    expect((await all("?snoozed=true")).every((other) => other.snoozedUntil !== null)).toBe(true);
    for (const wrong of ["archived=maybe", "created_at_start=2026-01-01", "origin=heaven"]) {
      expect((await lever.get(`/opportunities?${wrong}`)).status).toBe(400);
    }
  });

  it("with include keep the named fields and the id only; expand wins over it", async () => {
    const { body } = await lever.get("/opportunities?limit=1&include=name&expand=stage");
    expect(Object.keys(body.data[0]).sort()).toEqual(["id", "name", "stage"]);
    expect(body.data[0].stage).toEqual({ id: expect.any(String), text: expect.any(String) });
  });

  it("refuse an unknown expand with 400", async () => {
    const { status, body } = await lever.get("/opportunities?expand=posting");
    expect([status, body]).toEqual([400, { code: "BadRequestError", message: "posting is not expandable" }]);
  });

  it("expand to whole objects", async () => {
    const id = (await all()).find((row) => row.applications.length === 1).id;
    const names = ["applications", "stage", "owner", "followers", "sourcedBy", "contact"];
    const { body } = await lever.get(`/opportunities/${id}?${names.map((name) => `expand=${name}`).join("&")}`);
    expect(body.data.owner).toHaveProperty("accessRole");
    expect(body.data.applications[0]).toMatchObject({ opportunityId: id, candidateId: id, posting: expect.any(String) });
    expect(body.data.contact.location).toEqual({ name: expect.any(String) });
  });

  it("have string locations where contacts have objects, and the contact is another id", async () => {
    const [row] = await all();
    const { body } = await lever.get(`/contacts/${row.contact}`);
    expect(typeof row.location).toBe("string");
    expect(body.data.location).toEqual({ name: row.location });
    expect(row.contact).not.toBe(row.id);
  });

  it("of an anonymized person hold no personal data", async () => {
    const row = (await all()).find((candidate) => candidate.isAnonymized);
    expect(row).toMatchObject({ name: "", emails: [], phones: [], links: [] });
    expect((await lever.put(`/contacts/${row.contact}`, { name: "Back" })).status).toBe(400);
  });

  it("hold none of the fields that only Lever's printed samples show, and no others of their own", async () => {
    const documented = Object.keys(openSchemas().propertiesOf("resources/opportunity.json"));
    const seen = new Set((await all("?confidentiality=all")).flatMap((row) => Object.keys(row)));
    for (const retired of ["archivedAt", "archiveReason", "resume", "ownerId"]) expect(seen).not.toContain(retired);
    expect([...seen, "deletedBy", "deletedAt"].sort()).toEqual(documented.sort());
    const applications = (await all("?expand=applications")).flatMap((row) => row.applications);
    const fields = new Set(applications.flatMap((application) => Object.keys(application)));
    expect([...fields].sort()).toEqual(Object.keys(openSchemas().propertiesOf("resources/application.json")).sort());
  });

  it("belong to one person several times", async () => {
    const contacts = (await all()).map((row) => row.contact);
    expect(new Set(contacts).size).toBeLessThan(contacts.length);
  });

  it("deleted list is empty at first; a deleted one moves there and its reads answer 404", async () => {
    expect((await lever.get("/opportunities/deleted")).body).toEqual({ data: [], hasNext: false });
    const other = await start({ opportunities: 12 });
    const row = (await other.get("/opportunities?limit=1")).body.data[0];
    await other.control("DELETE", `/opportunities/${row.id}`);
    expect((await other.get("/opportunities/deleted")).body.data[0]).toMatchObject({
      id: row.id,
      deletedAt: expect.any(Number),
      deletedBy: expect.any(String),
    });
    expect((await other.get(`/opportunities/${row.id}/applications`)).status).toBe(404);
    await other.close();
  });
});

describe("endpoints that Lever has and the playground does not", () => {
  it.each([
    ["GET", "/opportunities/x/notes", "GET /opportunities/:opportunity/notes"],
    ["POST", "/opportunities/x/feedback", "POST /opportunities/:opportunity/feedback"],
    ["DELETE", "/requisition_fields/x/options", "DELETE /requisition_fields/:field/options"],
    ["GET", "/postings/deleted", "GET /postings/deleted"],
    ["PUT", "/webhooks", "PUT /webhooks"],
    ["POST", "/candidates/x/addPostings", "POST /candidates/:opportunity/addPostings"],
    ["GET", "/postings?group=team", "GET /postings?group=…"],
  ])("answer 501 with a code of their own, never Lever's 404: %s %s", async (method, path, what) => {
    const { status, body } = await lever.call(method, `/v1${path}`);
    expect([status, body]).toEqual([
      501,
      { code: "NotInPlayground", message: `Lever has ${what}, but the playground does not.` },
    ]);
    expect((await lever.call(method, `/v1${path}`, undefined, { authorization: "" })).status).toBe(401);
  });

  it("are told apart from those that Lever does not have either", async () => {
    for (const path of ["/opportunities/x/emails", "/notes", "/contacts"]) expect((await lever.get(path)).status).toBe(404);
  });
});

describe("applications", () => {
  it("are read from their opportunity, and hold no personal data when put on by hand", async () => {
    const rows = (await all("?expand=applications")).filter((row) => row.applications.length > 0);
    const manual = rows.find((row) => row.applications[0].type === "user").applications[0];
    expect(manual).toMatchObject({ name: null, email: null, phone: null, user: expect.any(String) });
    const [application] = rows[0].applications;
    const list = await lever.get(`/opportunities/${rows[0].id}/applications`);
    const one = await lever.get(`/opportunities/${rows[0].id}/applications/${application.id}?expand=posting`);
    expect(list.body).toEqual({ data: [application], hasNext: false });
    expect(one.body.data.posting).toHaveProperty("categories");
    expect((await lever.get(`/opportunities/${rows[1].id}/applications/${application.id}`)).status).toBe(404);
    expect((await lever.get(`/opportunities/${rows[0].id}/applications?expand=owner`)).status).toBe(400);
  });

  it("show a phone whose type is null", async () => {
    const rows = await all("?expand=applications");
    const phones = rows.map((row) => row.applications[0]?.phone).filter(Boolean);
    expect(phones[0].type).toBeNull();
  });
});

describe("postings", () => {
  it("with state=published hide internal-only ones unless both channels are asked for", async () => {
    const listed = (await lever.get("/postings?state=published")).body.data;
    const both = (await lever.get("/postings?state=published&distributionChannel=public&distributionChannel=internal")).body.data;
    // biome-ignore lint/suspicious/noExplicitAny: rows are what is being examined
    expect(listed.every((row: any) => row.distributionChannels.includes("public"))).toBe(true);
    expect(both.length).toBeGreaterThan(listed.length);
  });

  it("refuse updated_at together with any filter but confidentiality", async () => {
    expect((await lever.get("/postings?updated_at_start=1&confidentiality=all&limit=5")).status).toBe(200);
    expect((await lever.get("/postings?updated_at_start=1&state=draft")).status).toBe(400);
  });

  it("have no channels unless published, and no urls in draft or closed", async () => {
    const rows = (await lever.get("/postings?confidentiality=all")).body.data;
    for (const row of rows) {
      expect(row.distributionChannels === null).toBe(row.state !== "published");
      expect(row.urls === null).toBe(row.state === "draft" || row.state === "closed");
      expect(row).toHaveProperty("content");
      expect(row).toHaveProperty("followers");
    }
  });

  it("filter by category and refuse what cannot be read", async () => {
    const rows = (await lever.get("/postings?location=Vienna&location=Berlin")).body.data;
    // biome-ignore lint/suspicious/noExplicitAny: rows are what is being examined
    expect(rows.every((row: any) => ["Vienna", "Berlin"].includes(row.categories.location))).toBe(true);
    expect((await lever.get("/postings?state=open")).status).toBe(400);
    expect((await lever.get("/postings/none")).status).toBe(404);
  });
});

describe("users and pick lists", () => {
  it("list active users only, unless asked otherwise", async () => {
    const active = await crawl(lever, "/users", 100);
    const everyone = await crawl(lever, "/users?includeDeactivated=true", 100);
    expect(active.every((user) => user.deactivatedAt === null)).toBe(true);
    expect(everyone.length).toBeGreaterThan(active.length);
  });

  it("filter users by role in both spellings, by e-mail and by directory id", async () => {
    const plain = (await lever.get("/users?accessRole=super%20admin&accessRole=admin")).body.data;
    const brackets = (await lever.get("/users?accessRole%5B%5D=super%20admin&accessRole%5B%5D=admin")).body.data;
    expect(brackets).toEqual(plain);
    expect((await lever.get("/users?email=RITA@example.com")).body.data).toHaveLength(1);
    expect((await lever.get("/users?external_directory_id=none")).body.data).toEqual([]);
    expect((await lever.get(`/users/${plain[0].id}`)).body.data).toEqual(plain[0]);
  });

  it("offer stages in pipeline order and archive reasons by type, inactive ones included", async () => {
    const stages = (await lever.get("/stages")).body.data;
    expect(stages[0]).toEqual({ id: "lead-new", text: "New lead" });
    expect(stages.at(-1).id).toBe("offer");
    expect((await lever.get("/stages/applicant-new")).body.data.text).toBe("New applicant");
    const reasons = (await lever.get("/archive_reasons?type=non-hired")).body.data;
    expect(new Set(reasons.map((reason: { status: string }) => reason.status))).toEqual(new Set(["active", "inactive"]));
    expect((await lever.get(`/archive_reasons/${reasons[0].id}`)).body.data).toEqual(reasons[0]);
    expect((await lever.get("/sources?limit=1")).body.data[0]).toEqual({ text: expect.any(String), count: expect.any(Number) });
  });
});

describe("the seed", () => {
  it("gives the same account for the same number and another for another, however many rows are asked for", async () => {
    const [same, more, other] = await Promise.all([
      start({ opportunities: 230 }),
      start({ opportunities: 240 }),
      start({ seed: 43 }),
    ]);
    const ids = async (client: Client) => (await crawl(client, "/opportunities?confidentiality=all", 100)).map((row) => row.id);
    const [mine, theirs, larger, foreign] = [await ids(lever), await ids(same), await ids(more), await ids(other)];
    expect(theirs).toEqual(mine);
    expect(larger).toEqual(expect.arrayContaining(mine));
    expect(foreign.some((id) => mine.includes(id))).toBe(false);
    await Promise.all([same.close(), more.close(), other.close()]);
  });

  it("holds twenty thousand opportunities, and pages through a part of them", async () => {
    const large = await start({ opportunities: 20_000 });
    const { body } = await large.get("/opportunities?stage_id=offer&limit=100");
    expect(body.data).toHaveLength(100);
    expect((await large.get(`/opportunities?stage_id=offer&offset=${encodeURIComponent(body.next)}`)).body.data).toHaveLength(
      100,
    );
    expect(large.playground.world.opportunityById.size).toBe(20_000);
    await large.close();
  });
});
