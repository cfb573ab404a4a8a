import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Client, start } from "./client.ts";

const NOW = Date.UTC(2026, 10, 20);
const BLANK = { name: "", headline: "", location: "", phones: [], emails: [], links: [] };

let lever: Client;
let now: number;
let user: string;
// biome-ignore lint/suspicious/noExplicitAny: rows are what is being examined
let row: any;

beforeEach(async () => {
  now = NOW;
  lever = await start({ opportunities: 30, now: () => now });
  user = (await lever.get("/users?email=rita@example.com")).body.data[0].id;
  row = (await lever.get("/opportunities?expand=applications&archived=false")).body.data.find(
    // biome-ignore lint/suspicious/noExplicitAny: rows are what is being examined
    (candidate: any) => candidate.applications.length === 1 && candidate.emails.length > 0,
  );
});
afterEach(() => lever.close());

const as = () => `perform_as=${user}`;
const read = async (id: string = row.id) => (await lever.get(`/opportunities/${id}`)).body.data;
const ledger = async () => (await lever.control("GET", "/ledger")).body.data;

describe("tags", () => {
  it("are added at the end, once, with the contact's data blanked in the answer only", async () => {
    const { status, body } = await lever.post(`/opportunities/${row.id}/addTags?${as()}`, {
      tags: ["Verified!", "Verified!", row.tags[0]],
    });
    expect(status).toBe(200);
    expect(body.data).toMatchObject(BLANK);
    expect(body.data).not.toHaveProperty("opportunityLocation");
    expect(body.data.tags).toEqual([...row.tags, "Verified!"]);
    expect(await read()).toMatchObject({ name: row.name, emails: row.emails, opportunityLocation: row.opportunityLocation });
  });

  it("of another case are another tag", async () => {
    await lever.post(`/opportunities/${row.id}/addTags?${as()}`, { tags: [row.tags[0].toUpperCase()] });
    expect((await read()).tags).toEqual([...row.tags, row.tags[0].toUpperCase()]);
  });

  it("move updatedAt but not lastInteractionAt, and only when something changed", async () => {
    now += 5000;
    await lever.post(`/opportunities/${row.id}/addTags?${as()}`, { tags: [row.tags[0]] });
    expect((await read()).updatedAt).toBe(row.updatedAt);
    await lever.post(`/opportunities/${row.id}/addTags?${as()}`, { tags: ["new"] });
    expect(await read()).toMatchObject({ updatedAt: now, lastInteractionAt: row.lastInteractionAt });
  });

  it("are removed, and removing an absent one is no error", async () => {
    const { status, body } = await lever.post(`/opportunities/${row.id}/removeTags?${as()}`, { tags: [row.tags[0], "absent"] });
    expect([status, body.data.tags]).toEqual([200, row.tags.slice(1)]);
    expect(body.data).toMatchObject(BLANK);
  });

  it("are refused without perform_as, with an unknown one and with an e-mail, and nothing is applied", async () => {
    const missing = await lever.post(`/opportunities/${row.id}/addTags`, { tags: ["x"] });
    expect([missing.status, missing.body.code]).toEqual([400, "BadRequestError"]);
    expect(missing.body.message).toContain("Missing perform_as parameter");
    const answers = ["nobody", "rita@example.com"].map((id) =>
      lever.post(`/opportunities/${row.id}/addTags?perform_as=${id}`, { tags: ["x"] }),
    );
    expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([404, 404]);
    expect(await ledger()).toEqual([]);
    expect(await read()).toMatchObject({ tags: row.tags });
  });

  it("are taken for a deactivated user, as on record, or refused where that is chosen", async () => {
    const everyone = (await lever.get("/users?includeDeactivated=True")).body.data;
    const gone = everyone.find((candidate: { deactivatedAt: number | null }) => candidate.deactivatedAt !== null).id;
    const add = async (tag: string) =>
      (await lever.post(`/opportunities/${row.id}/addTags?perform_as=${gone}`, { tags: [tag] })).status;
    expect(await add("a")).toBe(200);
    expect(await ledger()).toMatchObject([{ performAs: gone, changed: ["a"] }]);
    expect((await lever.control("POST", "/perform-as", { deactivated: "refuse" })).body).toEqual({
      missing: "refuse",
      deactivated: "refuse",
    });
    expect(await add("b")).toBe(400);
    await lever.control("POST", "/reset");
    expect(await add("c")).toBe(200);
    expect((await lever.control("POST", "/perform-as", { deactivated: "maybe" })).status).toBe(400);
  });

  it("are taken without perform_as where that is chosen, and then name nobody; creating still needs it", async () => {
    const lenient = await start({ opportunities: 12, performAs: { missing: "accept" } });
    const { id } = (await lenient.get("/opportunities?limit=1")).body.data[0];
    expect((await lenient.put(`/opportunities/${id}/stage`, { stage: "offer" })).body.data.stageChanges.at(-1)).toEqual({
      toStageId: "offer",
      toStageIndex: 8,
      updatedAt: expect.any(Number),
    });
    expect((await lenient.control("GET", "/ledger")).body.data).toMatchObject([{ performAs: null }]);
    expect((await lenient.post(`/opportunities/${id}/addTags?perform_as=nobody`, { tags: ["x"] })).status).toBe(404);
    expect((await lenient.post("/opportunities", { name: "A" })).status).toBe(400);
    expect((await lenient.post("/postings", { text: "A" })).status).toBe(400);
    await lenient.close();
  });

  it.each([[{}], [{ tags: [] }], [{ tags: "x" }], [{ tags: [1] }], [{ tags: [""] }], [[]], ["{"]])(
    "refuse the body %j",
    async (body) => {
      const { status } = await lever.call("POST", `/v1/opportunities/${row.id}/addTags?${as()}`, body);
      expect(status).toBe(400);
      expect(await ledger()).toEqual([]);
    },
  );

  it("are refused with a bad expand before anything is applied", async () => {
    expect((await lever.post(`/opportunities/${row.id}/addTags?${as()}&expand=tags`, { tags: ["x"] })).status).toBe(400);
    expect(await ledger()).toEqual([]);
    const good = await lever.post(`/opportunities/${row.id}/addTags?${as()}&expand=stage`, { tags: ["x"] });
    expect(good.body.data.stage).toHaveProperty("text");
  });

  it("are refused on an unknown opportunity with 404", async () => {
    expect((await lever.post(`/opportunities/none/addTags?${as()}`, { tags: ["x"] })).status).toBe(404);
  });

  it("that are new join the account's list of tags", async () => {
    await lever.post(`/opportunities/${row.id}/addTags?${as()}`, { tags: ["aaa first"] });
    expect((await lever.get("/tags?limit=1")).body.data).toEqual([{ text: "aaa first", count: 1 }]);
  });
});

describe("other opportunity writes", () => {
  it("of sources, stage and archive blank the contact's data; links do not", async () => {
    const reason = (await lever.get("/archive_reasons")).body.data[1].id;
    const path = `/opportunities/${row.id}`;
    const blanked = [
      await lever.post(`${path}/addSources?${as()}`, { sources: ["Fair"] }),
      await lever.post(`${path}/removeSources?${as()}`, { sources: ["Fair"] }),
      await lever.put(`${path}/stage?${as()}`, { stage: "offer" }),
      await lever.put(`${path}/archived?${as()}`, { reason }),
    ];
    for (const { body } of blanked) expect(body.data).toMatchObject(BLANK);
    const links = await lever.post(`${path}/addLinks?${as()}`, { links: ["example.com/me"] });
    expect(links.body.data).toMatchObject({ name: row.name, emails: row.emails });
    expect(links.body.data.links).toContain("http://example.com/me");
    expect(links.body.data).not.toHaveProperty("opportunityLocation");
    const gone = await lever.post(`${path}/removeLinks?${as()}`, { links: ["example.com/me"] });
    expect(gone.body.data.links).not.toContain("http://example.com/me");
  });

  it("of the stage add a step by the user and move the row in the list", async () => {
    now += 1000;
    await lever.put(`/opportunities/${row.id}/stage?${as()}`, { stage: "lead-new" });
    const after = await read();
    expect(after.stageChanges.at(-1)).toEqual({ toStageId: "lead-new", toStageIndex: 0, updatedAt: now, userId: user });
    expect(after).toMatchObject({ stage: "lead-new", lastAdvancedAt: now });
    expect((await lever.get("/opportunities?limit=1")).body.data[0].id).toBe(row.id);
    const unknown = await lever.put(`/opportunities/${row.id}/stage?${as()}`, { stage: "nowhere" });
    expect([unknown.status, unknown.body]).toEqual([404, { code: "ResourceNotFound", message: "stages nowhere was not found" }]);
  });

  it("that change nothing leave the record and the ledger alone: the same stage, reason, name, title", async () => {
    const reason = (await lever.get("/archive_reasons")).body.data[1].id;
    const { posting } = (await lever.get(`/opportunities/${row.id}?expand=applications`)).body.data.applications[0];
    const writes = async () => {
      const { name, emails, stage } = row;
      const { text, categories } = (await lever.get(`/postings/${posting}`)).body.data;
      return [
        await lever.put(`/opportunities/${row.id}/stage?${as()}`, { stage }),
        await lever.put(`/opportunities/${row.id}/archived?${as()}`, { reason }),
        await lever.put(`/contacts/${row.contact}`, { name, emails }),
        await lever.post(`/postings/${posting}?${as()}`, { text, categories }),
        await lever.put(`/users/${user}`, { name: "Rita", email: "rita@example.com", accessRole: "super admin" }),
      ];
    };
    await writes();
    const before = [await read(), (await lever.get(`/postings/${posting}`)).body];
    await lever.control("DELETE", "/ledger");
    now += 60_000;
    expect((await writes()).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await ledger()).toEqual([]);
    expect([await read(), (await lever.get(`/postings/${posting}`)).body]).toEqual(before);
  });

  it("of the stage, made while somebody is paging, show a row twice or not at all", async () => {
    const first = (await lever.get("/opportunities?limit=10")).body;
    const rest = async () => {
      const { body } = await lever.get(`/opportunities?limit=100&offset=${encodeURIComponent(first.next)}`);
      return body.data.map(({ id }: { id: string }) => id);
    };
    const seen = first.data[0].id;
    const unseen = (await rest()).at(-1);
    await lever.put(`/opportunities/${seen}/stage?${as()}`, { stage: "offer" });
    expect(await rest()).toContain(seen);
    await lever.put(`/opportunities/${unseen}/stage?${as()}`, { stage: "lead-new" });
    expect(await rest()).not.toContain(unseen);
  });

  it("archive the application too, leave the stage changeable, and unarchive with null", async () => {
    const [hired, timing] = (await lever.get("/archive_reasons")).body.data;
    const path = `/opportunities/${row.id}/archived?${as()}`;
    expect(await lever.put(path, { reason: null, cleanInterviews: "yes" })).toMatchObject({
      status: 400,
      body: { message: "Expected a boolean at /cleanInterviews" },
    });
    await lever.put(path, { reason: timing.id });
    await lever.put(`/opportunities/${row.id}/stage?${as()}`, { stage: "offer" });
    const archived = (await lever.get(`/opportunities/${row.id}?expand=applications`)).body.data;
    expect(archived).toMatchObject({ stage: "offer", archived: { reason: timing.id, archivedAt: now }, lastAdvancedAt: now });
    expect(archived.applications[0].archived.reason).toBe(timing.id);
    expect((await lever.put(path, { reason: timing.id, requisitionId: "r" })).status).toBe(400);
    expect((await lever.put(path, { reason: hired.id, requisitionId: "r" })).status).toBe(200);
    expect((await lever.put(path, { reason: "none" })).status).toBe(404);
    await lever.put(path, { reason: null });
    expect((await read()).archived).toBeNull();
  });
});

describe("creating an opportunity", () => {
  it("answers 201 with deduped beside data, without opportunityLocation", async () => {
    const body = { name: "New Person", emails: ["new@example.com"], tags: ["t"] };
    const created = await lever.post(`/opportunities?${as()}`, body);
    expect(created.status).toBe(201);
    expect(Object.keys(created.body)).toEqual(["deduped", "data"]);
    expect(created.body).toMatchObject({
      deduped: false,
      data: { name: "New Person", stage: "lead-new", origin: "sourced", sourcedBy: user, owner: user },
    });
    expect(created.body.data).not.toHaveProperty("opportunityLocation");
  });

  it("twice makes two opportunities of one person, whose own data wins", async () => {
    const first = await lever.post(`/opportunities?${as()}`, { name: "New Person", emails: ["new@example.com"] });
    const second = await lever.post(`/opportunities?${as()}`, { name: "Another Name", emails: ["NEW@example.com"] });
    expect(second.body.deduped).toBe(true);
    expect(second.body.data.contact).toBe(first.body.data.contact);
    expect(second.body.data.id).not.toBe(first.body.data.id);
    expect(second.body.data.name).toBe("New Person");
    expect((await ledger()).map((effect: { effect: string }) => effect.effect)).toEqual([
      "opportunity.created",
      "opportunity.created",
    ]);
  });

  it("with a posting appends the posting's tags and makes an application", async () => {
    const listed = (await lever.get("/postings?state=published")).body.data;
    const posting = listed.find(({ categories }: { categories: { team: string | null } }) => categories.team !== null);
    const { body } = await lever.post(`/opportunities?${as()}`, {
      name: "A",
      tags: ["first"],
      postings: [posting.id],
      origin: "internal",
    });
    const { team, department, location, commitment } = posting.categories;
    expect(body.data.tags).toEqual(["first", posting.text, team, department, location, commitment]);
    expect(body.data.applications).toHaveLength(1);
    expect(body.data.sourcedBy).toBeNull();
    expect(await read(body.data.id)).toHaveProperty("opportunityLocation");
  });

  it("with a posting has the posting's followers, without one the creator", async () => {
    const postings = (await lever.get("/postings?state=published")).body.data;
    const posting = postings.find(
      ({ followers }: { followers: string[] }) => followers[0] !== undefined && followers[0] !== user,
    );
    const followersOf = async (body: object) => (await lever.post(`/opportunities?${as()}`, body)).body.data.followers;
    expect(await followersOf({ name: "A", postings: [posting.id] })).toEqual(posting.followers);
    expect(await followersOf({ name: "B" })).toEqual([user]);
    expect(await followersOf({ name: "C", postings: [posting.id], followers: [user] })).toEqual([user, ...posting.followers]);
  });

  it("takes a form with files, which it names in the ledger and does not keep", async () => {
    const form = new FormData();
    const fields = {
      name: "Form Person",
      "emails[]": "form@example.com",
      "tags[]": "a",
      "phones[0][value]": "+43 1",
      createdAt: "5",
    };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("tags[]", "b");
    form.append("phones[0][type]", "mobile");
    form.append("files[]", new Blob(["hello"]), "letter.PDF");
    form.append("resumeFile", new Blob(["x".repeat(2_000_000)]), "cv.docx");
    const send = (body: FormData) =>
      fetch(`${lever.url}/v1/opportunities?${as()}`, {
        method: "POST",
        body,
        headers: { authorization: "Basic cGxheWdyb3VuZDo=" },
      });
    const created = await send(form);
    expect(created.status).toBe(201);
    const { data } = (await created.json()) as { data: object };
    expect(data).toMatchObject({ name: "Form Person", emails: ["form@example.com"], tags: ["a", "b"], createdAt: 5 });
    expect(data).toMatchObject({ phones: [{ type: "other", value: "+43 1" }] });
    expect((await ledger())[0].files).toEqual([
      { field: "files[]", name: "letter.PDF", size: 5 },
      { field: "resumeFile", name: "cv.docx", size: 2_000_000 },
    ]);
    const program = new FormData();
    program.append("files", new Blob(["x"]), "virus.exe");
    const nested = new FormData();
    nested.append("name", "a");
    nested.append("name[b]", "c");
    for (const bad of [program, nested]) expect((await send(bad)).status).toBe(400);
    const broken = await lever.call("POST", `/v1/opportunities?${as()}`, "x", {
      "content-type": "multipart/form-data; boundary=b",
    });
    expect(broken.status).toBe(400);
    expect(await ledger()).toHaveLength(1);
  });

  it("is refused without perform_as, in the recorded words", async () => {
    const { status, body } = await lever.post("/opportunities", { name: "A" });
    expect([status, body.message]).toEqual([
      400,
      "Missing perform_as parameter. Please specify a user for which to perform this create.",
    ]);
  });

  it.each([
    [{ emails: ["nobody"] }, 400],
    [{ postings: ["a", "b"] }, 400],
    [{ postings: ["a"] }, 404],
    [{ stage: "nowhere" }, 404],
    [{ origin: "heaven" }, 400],
    [{ createdAt: NOW + 1 }, 400],
    [{ archived: {} }, 400],
    [{ contact: "none" }, 404],
    [{ phones: [{ type: "pager", value: "1" }] }, 400],
  ])("refuses %j with %d and applies nothing", async (body, status) => {
    expect((await lever.post(`/opportunities?${as()}`, body)).status).toBe(status);
    expect(await ledger()).toEqual([]);
  });
});

describe("contacts", () => {
  it("are updated partially by PUT without perform_as; location goes in as text and comes out as an object", async () => {
    now += 1000;
    const phones = [{ value: "1" }, { type: null, value: "2" }];
    const { status, body } = await lever.put(`/contacts/${row.contact}`, { location: "Graz", phones });
    expect(status).toBe(200);
    expect(body.data).toEqual({
      id: row.contact,
      name: row.name,
      headline: row.headline,
      location: { name: "Graz" },
      emails: row.emails,
      phones: [
        { type: "other", value: "1" },
        { type: "other", value: "2" },
      ],
    });
    expect(await read()).toMatchObject({ location: "Graz", updatedAt: now });
    expect((await lever.put(`/contacts/${row.contact}`, { location: { name: "Graz" } })).status).toBe(400);
    expect((await lever.get("/contacts/none")).status).toBe(404);
  });
});

describe("users", () => {
  it("are updated by PUT as a whole: what is left out is reset, and name, email and role must be there", async () => {
    const path = `/users/${user}`;
    const whole = { name: "Rita R.", email: "rita@example.com", accessRole: "admin", jobTitle: "Recruiter" };
    const { status, body } = await lever.put(path, whole);
    expect([status, body.data]).toEqual([200, { ...(await lever.get(path)).body.data, ...whole }]);
    const { jobTitle: _, ...less } = whole;
    expect((await lever.put(path, less)).body.data).toMatchObject({ ...less, jobTitle: null });
    for (const missing of ["name", "email", "accessRole"]) {
      const refused = await lever.put(path, { ...whole, [missing]: undefined });
      expect([refused.status, refused.body.message]).toEqual([400, expect.stringMatching(`at /${missing}$`)]);
    }
    expect((await ledger()).map((effect: { effect: string }) => effect.effect)).toEqual(["user.updated", "user.updated"]);
  });

  it("are created, deactivated and reactivated; a deactivated one is listed when asked for, and not found by id", async () => {
    const { status, body } = await lever.post("/users", { name: "New", email: "new@example.com" });
    expect([status, body.data]).toMatchObject([201, { accessRole: "interviewer", deactivatedAt: null, createdAt: now }]);
    expect((await lever.post("/users", { name: "New", email: "NEW@example.com" })).status).toBe(400);
    const path = `/users/${body.data.id}`;
    const turn = async (to: string) => (await lever.call("POST", `/v1${path}/${to}`)).body.data.deactivatedAt;
    expect([await turn("deactivate"), await turn("deactivate")]).toEqual([now, now]);
    const gone = await lever.get(path);
    expect([gone.status, gone.body]).toEqual([404, { code: "ResourceNotFound", message: "user was not found" }]);
    const listed = async (query: string) =>
      (await lever.get(`/users${query}`)).body.data.some(({ id }: { id: string }) => id === body.data.id);
    expect([await listed(""), await listed("?includeDeactivated=True"), await listed("?includeDeactivated=False")]).toEqual([
      false,
      true,
      false,
    ]);
    expect([await turn("reactivate"), (await lever.get(path)).status]).toEqual([null, 200]);
    expect((await ledger()).map(({ effect }: { effect: string }) => effect)).toEqual([
      "user.created",
      "user.deactivated",
      "user.reactivated",
    ]);
  });

  it("have an address of their own", async () => {
    const [, other] = (await lever.get("/users")).body.data.filter(({ id }: { id: string }) => id !== user);
    const { status, body } = await lever.put(`/users/${user}`, { name: "R", email: other.email, accessRole: "admin" });
    expect([status, body.message]).toEqual([400, "A user already exists with that email address. at /email"]);
    expect((await lever.put("/users/none", {})).status).toBe(404);
    expect(await ledger()).toEqual([]);
  });
});

describe("postings", () => {
  const draft = { text: "Tester", categories: { department: "Engineering", team: "Data", location: "Vienna" } };

  it("are created as drafts without urls; the closing is written as closingPostingHtml and read as closingHtml", async () => {
    const content = { descriptionHtml: "<p>Hi</p>", closingPostingHtml: "<div>Bye</div>" };
    const { status, body } = await lever.post(`/postings?${as()}`, { ...draft, content });
    expect(status).toBe(201);
    expect(body.data).toMatchObject({ state: "draft", urls: null, distributionChannels: null, owner: user });
    expect(body.data.content).toMatchObject({ description: "Hi", closing: "Bye", closingHtml: "<div>Bye</div>" });
    expect(body.data.content).not.toHaveProperty("closingPostingHtml");
    expect(body.data).not.toHaveProperty("salaryRange");
    expect((await lever.get("/postings?limit=1")).body.data[0].id).toBe(body.data.id);
  });

  it.each([
    [{ ...draft, text: undefined }, "/text"],
    [{ ...draft, categories: { team: "Data" } }, "not a valid subset"],
    [{ ...draft, categories: { location: "Atlantis" } }, "/categories/location"],
    [{ ...draft, confidentiality: "confidential" }, "/confidentiality"],
    [{ ...draft, content: { descriptionHtml: "<script>" } }, "/content/descriptionHtml"],
    [{ ...draft, content: { descriptionHtml: '<p onclick="x">' } }, "onclick is not allowed"],
    [{ ...draft, content: { descriptionHtml: "<li>x</li>" } }, "/content/descriptionHtml"],
    [{ ...draft, content: { lists: [{ text: "a", content: "<li><p>x</p></li>" }] } }, "/content/lists/0/content"],
    [{ ...draft, salaryRange: { min: 1 } }, "/salaryRange"],
    [{ ...draft, workplaceType: "unspecified" }, "/workplaceType"],
  ])("refuse %j", async (body, words) => {
    const answer = await lever.post(`/postings?${as()}`, body);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(words)]);
    expect((await lever.post("/postings", draft)).status).toBe(400);
    expect(await ledger()).toEqual([]);
  });

  it("are updated by POST and partially; PUT does not exist", async () => {
    const { id } = (await lever.post(`/postings?${as()}`, draft)).body.data;
    const { status, body } = await lever.post(`/postings/${id}?${as()}`, { state: "published" });
    expect([status, body.data.text, body.data.state]).toEqual([200, "Tester", "published"]);
    expect(body.data.urls.show).toContain(id);
    expect((await lever.put(`/postings/${id}?${as()}`, {})).status).toBe(404);
    expect((await lever.post(`/postings/${id}?${as()}`, { owner: user })).status).toBe(400);
  });

  it("that are internal become drafts when an update names no state; the answer lacks allLocations, the record has them", async () => {
    const { id, categories } = (await lever.get("/postings?state=internal")).body.data.find(
      ({ categories: { allLocations } }: { categories: { allLocations: string[] } }) => allLocations.length > 0,
    );
    const kept = await lever.post(`/postings/${id}?${as()}`, { text: "With state", state: "internal" });
    expect(kept.body.data).toMatchObject({ state: "internal", categories });
    const { body } = await lever.post(`/postings/${id}?${as()}`, { text: "Without" });
    expect(body.data).toMatchObject({ state: "draft", urls: null, categories: { ...categories, allLocations: [] } });
    expect((await lever.get(`/postings/${id}`)).body.data).toMatchObject({ state: "draft", categories });
  });

  it("that are renamed rename the tag on their opportunities, at the end", async () => {
    const { posting } = row.applications[0];
    const { text } = (await lever.get(`/postings/${posting}`)).body.data;
    await lever.post(`/postings/${posting}?${as()}`, { text: "Renamed" });
    expect((await read()).tags).toEqual([...row.tags.filter((tag: string) => tag !== text), "Renamed"]);
  });
});

describe("webhooks", () => {
  it("show the signature token once, fill in the origins, and are listed without hasNext", async () => {
    const hook = { url: "https://hooks.example.com/lever", event: "candidateStageChange" };
    const created = await lever.post("/webhooks", hook);
    expect(created.status).toBe(201);
    expect(created.body.data.configuration.signatureToken).toMatch(/^[0-9a-f]{48}$/);
    expect(created.body.data.configuration.conditions.origins).toHaveLength(6);
    await lever.post("/webhooks", hook);
    const list = await lever.get("/webhooks");
    expect(Object.keys(list.body)).toEqual(["data"]);
    expect(list.body.data).toHaveLength(2);
    expect(JSON.stringify(list.body)).not.toContain("signatureToken");
  });

  it("are deleted with 204 and an empty body, and need HTTPS and a known event", async () => {
    const { id } = (await lever.post("/webhooks", { url: "https://a.example.com", event: "contactCreated" })).body.data;
    const gone = await lever.call("DELETE", `/v1/webhooks/${id}`);
    expect([gone.status, gone.body]).toEqual([204, ""]);
    expect((await lever.call("DELETE", `/v1/webhooks/${id}`)).status).toBe(404);
    expect((await lever.post("/webhooks", { url: "http://a.example.com", event: "contactCreated" })).status).toBe(400);
    expect((await lever.post("/webhooks", { url: "https://a.example.com", event: "opportunityCreated" })).status).toBe(400);
  });
});

describe("the ledger", () => {
  it("holds every effect in order, with who, what and the client's request id", async () => {
    const headers = { "x-request-id": "req-1" };
    await lever.call("POST", `/v1/opportunities/${row.id}/addTags?${as()}`, { tags: ["a", "b"] }, headers);
    await lever.post(`/opportunities/${row.id}/removeTags?${as()}`, { tags: ["b", "c"] });
    const [added, removed] = await ledger();
    expect(added).toEqual({
      seq: 1,
      at: now,
      method: "POST",
      path: `/v1/opportunities/${row.id}/addTags`,
      effect: "opportunity.tags_added",
      opportunityId: row.id,
      tags: ["a", "b"],
      changed: ["a", "b"],
      performAs: user,
      caller: "key:playground",
      requestId: "req-1",
    });
    expect(removed).toMatchObject({ seq: 2, effect: "opportunity.tags_removed", tags: ["b", "c"], changed: ["b"] });
    expect((await lever.control("GET", "/ledger?since=1")).body.data).toEqual([removed]);
    expect((await lever.control("DELETE", "/ledger")).status).toBe(204);
    expect(await ledger()).toEqual([]);
  });
});
