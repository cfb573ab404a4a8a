import { type Body, readChoice, readObject, readText, readTexts } from "../body.ts";
import { badRequest, userNotFound } from "../errors.ts";
import type { Posting, PostingCategories, PostingContent, SalaryRange, Settings, World } from "../world.ts";
import { POSTING_STATES } from "./postings.ts";

const WORKPLACES = ["onsite", "remote", "hybrid"] as const;
const INTERVALS = [
  "per-year-salary",
  "per-month-salary",
  "semi-month-salary",
  "bi-month-salary",
  "bi-week-salary",
  "per-week-salary",
  "per-day-wage",
  "per-hour-wage",
  "one-time",
] as const;

/** The attributes a body sets; those it leaves out are absent. @throws LeverError 400 with the pointer of the first fault */
export function readPostingChanges(settings: Settings, body: Body, before?: Posting): Partial<Posting> {
  if (body.confidentiality !== undefined) throw badRequest("Cannot be set through the API", "/confidentiality");
  return defined({
    text: readTitle(body),
    state: readChoice(body, "state", POSTING_STATES),
    distributionChannels: readChannels(body),
    categories: readCategories(settings, body, before?.categories),
    tags: readTexts(body, "tags"),
    content: readContent(body, before?.content),
    workplaceType: readChoice(body, "workplaceType", WORKPLACES),
    requisitionCodes: readTexts(body, "requisitionCodes"),
    salaryDescriptionHtml: readHtml(body, "salaryDescriptionHtml", "/salaryDescriptionHtml"),
    salaryRange: readSalary(body),
  });
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export function readUser(world: World, body: Body, name: string): string | undefined {
  const id = readText(body, name);
  if (id !== undefined && !world.userById.has(id)) throw userNotFound();
  return id;
}

function readTitle(body: Body): string | undefined {
  const text = readText(body, "text");
  if (text === "") throw badRequest("Expected a non-empty string", "/text");
  return text;
}

function readChannels(body: Body): string[] | undefined {
  const channels = readTexts(body, "distributionChannels");
  const wrong = channels?.findIndex((channel) => channel !== "internal" && channel !== "public") ?? -1;
  if (wrong >= 0) throw badRequest("Must be one of: internal, public", `/distributionChannels/${wrong}`);
  return channels;
}

const NO_CATEGORIES: PostingCategories = {
  commitment: null,
  department: null,
  level: null,
  location: null,
  team: null,
  allLocations: [],
};

/** Values must exist in the account; a team needs its department (lever-api.md §2.4, §4.3). */
function readCategories(settings: Settings, body: Body, before = NO_CATEGORIES): PostingCategories | undefined {
  if (body.categories === undefined) return undefined;
  const sent = readObject(body.categories);
  const locations = readTexts(sent, "allLocations");
  const location = readText(sent, "location") ?? before.location;
  const merged = {
    ...before,
    commitment: readText(sent, "commitment") ?? before.commitment,
    department: readText(sent, "department") ?? before.department,
    team: readText(sent, "team") ?? before.team,
    location,
    allLocations: locations ?? (location === null || before.allLocations.includes(location) ? before.allLocations : [location]),
  };
  assertKnown(settings, merged);
  return merged;
}

function assertKnown(settings: Settings, categories: PostingCategories): void {
  const { department, team, location, allLocations, commitment } = categories;
  if (department !== null && settings.teams[department] === undefined)
    throw badRequest("Unknown department", "/categories/department");
  if (team !== null && !(settings.teams[department ?? ""] ?? []).includes(team)) {
    throw badRequest("team is not a valid subset of department", "/categories/team");
  }
  const places = location === null ? allLocations : [location, ...allLocations];
  if (places.some((place) => !settings.locations.includes(place))) throw badRequest("Unknown location", "/categories/location");
  if (commitment !== null && !settings.commitments.includes(commitment)) {
    throw badRequest("Unknown commitment", "/categories/commitment");
  }
}

/** Written as `closingPostingHtml`, read as `closingHtml`. */
function readContent(
  body: Body,
  before: PostingContent = { descriptionHtml: "", lists: [], closingHtml: "" },
): PostingContent | undefined {
  if (body.content === undefined) return undefined;
  const sent = readObject(body.content);
  return {
    descriptionHtml: readHtml(sent, "descriptionHtml", "/content/descriptionHtml") ?? before.descriptionHtml,
    lists: readLists(sent) ?? before.lists,
    closingHtml: readHtml(sent, "closingPostingHtml", "/content/closingPostingHtml") ?? before.closingHtml,
  };
}

function readLists(content: Body): { text: string; content: string }[] | undefined {
  if (content.lists === undefined) return undefined;
  if (!Array.isArray(content.lists)) throw badRequest("Expected an array", "/content/lists");
  return content.lists.map((item, index) => {
    const list = readObject(item);
    const pointer = `/content/lists/${index}/content`;
    return { text: readText(list, "text") ?? "", content: readHtml(list, "content", pointer, LIST_TAGS) ?? "" };
  });
}

const TEXT_TAGS = ["div", "p", "span", "br", "b", "i", "s", "u", "a"];
const LIST_TAGS = ["li", "b", "i", "s", "u", "a"];
const ATTRIBUTES = ["class", "href", "style"];

/** Tags and attributes that Lever allows (lever-api.md §4.3). */
function readHtml(body: Body, name: string, pointer: string, tags = TEXT_TAGS): string | undefined {
  const html = readText(body, name);
  for (const [, tag = "", rest = ""] of html?.matchAll(/<\/?([a-z][a-z0-9]*)([^<>]*)/gi) ?? []) {
    if (!tags.includes(tag.toLowerCase())) throw badRequest(`The HTML tag ${tag} is not allowed`, pointer);
    for (const [, attribute = ""] of rest.matchAll(/(?<![a-z-])([a-z-]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"']+)/gi)) {
      if (!ATTRIBUTES.includes(attribute.toLowerCase()))
        throw badRequest(`The HTML attribute ${attribute} is not allowed`, pointer);
    }
  }
  return html;
}

function readSalary(body: Body): SalaryRange | undefined {
  if (body.salaryRange === undefined) return undefined;
  const sent = readObject(body.salaryRange);
  const currency = readText(sent, "currency");
  const interval = readChoice(sent, "interval", INTERVALS);
  if (typeof sent.min !== "number" || typeof sent.max !== "number" || currency === undefined || interval === undefined) {
    throw badRequest("min, max, currency and interval are needed together", "/salaryRange");
  }
  return { min: sent.min, max: sent.max, currency, interval };
}
