const BOTH = [
  "opportunities",
  "contact",
  "postings",
  "users",
  "webhooks",
  "feedback",
  "files",
  "forms",
  "interviews",
  "notes",
  "panels",
  "feedback_templates",
  "form_templates",
  "requisitions",
  "requisition_fields",
  "groups",
  "permissions",
  "roles",
];
const READ = [
  "applications",
  "archive_reasons",
  "sources",
  "stages",
  "tags",
  "offers",
  "referrals",
  "resumes",
  "audit_events",
  "tasks",
  "diversity_surveys",
  "eeo_responses",
  "eeo_responses_pii",
];

export const OFFLINE_ACCESS = "offline_access";

/** The complete list (lever-api.md §1.3). */
const SCOPES: readonly string[] = [
  OFFLINE_ACCESS,
  ...BOTH.flatMap((area) => [`${area}:read:admin`, `${area}:write:admin`]),
  ...READ.map((area) => `${area}:read:admin`),
  "uploads:write:admin",
  "confidential:access:admin",
];

/** A write scope includes the matching read. */
export function covers(granted: readonly string[], needed: string): boolean {
  return granted.includes(needed) || granted.includes(needed.replace(":read:", ":write:"));
}

/** Scopes that do not exist are left out without a word, as Auth0 does. */
export function readScopes(text: string): string[] {
  const asked = new Set(text.split(/\s+/));
  return SCOPES.filter((scope) => asked.has(scope));
}

/** What a person reads on the consent page. */
export function describeScope(scope: string): string {
  if (scope === OFFLINE_ACCESS) return "offline access";
  if (scope === "confidential:access:admin") return "Access confidential data";
  const [area = "", verb] = scope.split(":");
  return `${verb === "write" ? "Read and change" : "Read"} ${area.replace(/_/g, " ")}`;
}
