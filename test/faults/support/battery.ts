import type { FaultSpec } from "../../../playground/index.ts";
import type { RunningServer } from "../../../server/main.ts";
import { accessTo } from "../../support/access.ts";
import { giveConsent } from "../../support/consent.ts";
import { type Canaries, type Evidence, newCanary } from "./canaries.ts";

/** What the tests choose before the server starts. */
export function chosenCanaries() {
  return {
    adminToken: newCanary(),
    sealingKey: Buffer.from(newCanary(32)).toString("base64"),
    clientSecret: newCanary(),
    configuredSecret: newCanary(),
    apiKey: newCanary(),
    wrongApiKey: newCanary(),
    // Letters that JSON, addresses and forms spell differently.
    name: `${newCanary(14)} "Ünïc" ${newCanary(14)}`,
    email: `${newCanary(14)}@${newCanary(8)}.example`,
    phone: `+43${[...newCanary(14)].map((letter) => letter.charCodeAt(0) % 10).join("")}`,
    tag: `${newCanary(14)} Möglich ${newCanary(6)}`,
  };
}

const PII = ["name", "email", "phone"] as const;
const RECORD = [...PII, "tag"] as const;

/** Faults that a read and a write meet, one after the other; texts of Lever's hold what a careless service would put there. */
function faults(canaries: ReturnType<typeof chosenCanaries>): FaultSpec["action"][] {
  const { apiKey, email, phone, name } = canaries;
  const authorization = `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`;
  const message = `bad request of ${email} (${phone}) with ${authorization} and ${apiKey}`;
  const record = { data: { id: 7, name, emails: [email], phones: phone } };
  return [
    ...[400, 401, 403, 404, 409, 422].map((status) => ({ kind: "respond" as const, status, body: { code: apiKey, message } })),
    { kind: "respond", status: 400, body: `plain ${message}` },
    { kind: "respond", status: 403, headers: { "x-echo": authorization, "set-cookie": `a=${apiKey}` }, body: { error: message } },
    { kind: "html", status: 418, body: `<html>${message}${name}</html>` },
    { kind: "replace-body", body: record },
    { kind: "replace-body", body: { data: name } },
    { kind: "edit-json", remove: ["data"], set: { [email]: name } },
    { kind: "content-type", value: `text/html; name="${email}"` },
    { kind: "gzip" },
    { kind: "deep-json", depth: 200 },
    { kind: "redirect", to: `http://127.0.0.1:1/${encodeURIComponent(email)}?token=${apiKey}` },
  ];
}

function hasRecord(body: unknown): boolean {
  return typeof body === "object" && body !== null && "data" in body && typeof body.data === "object";
}

/** Faults that are repeated: each costs a wait, so each strikes once. */
const PASSING: FaultSpec["action"][] = [
  { kind: "reset", when: "after-apply" },
  { kind: "reset", when: "mid-body" },
  { kind: "truncated-json" },
  { kind: "short-body" },
  { kind: "respond", status: 500, body: { code: "x", message: "x" } },
];

export interface BatteryResult {
  readonly canaries: Canaries;
  /** Answers of the server: status, headers and body as they came. */
  readonly evidence: readonly Evidence[];
}

/**
 * Everything a server does with secrets and candidates' data, once over: credentials and their life, consent, tests, operations that work
 * and that fail in every way, input in which somebody put a secret in the wrong place, sessions, keys. Answers what came back, and every secret
 * that came into being on the way.
 */
export async function runBattery(server: RunningServer, chosen: ReturnType<typeof chosenCanaries>): Promise<BatteryResult> {
  if (!server.playground) throw new Error("the playground is off");
  const { playground, url: leverUrl } = server.playground;
  const evidence: Evidence[] = [];
  const canaries: Record<string, string> = { ...chosen };
  const bearer = { authorization: `Bearer ${chosen.adminToken}` };

  async function control(path: string, body: unknown = {}): Promise<void> {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${leverUrl}/_playground${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  }

  async function keep(where: string, answer: Response, allowed: readonly string[] = []): Promise<string> {
    const text = await answer.clone().text();
    const head = `${answer.status} ${[...answer.headers].map((pair) => pair.join(": ")).join("\n")}`;
    evidence.push({ where: `answer to ${where}`, bytes: `${head}\n\n${text}`, allowed });
    return text;
  }
  /** A call of the API; `allowed` is what its answer is meant to hold. */
  async function call(method: string, path: string, body?: unknown, { allowed = [] as readonly string[], headers = {} } = {}) {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      redirect: "manual",
      headers: { ...bearer, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await keep(`${method} ${path.split("?")[0]} #${evidence.length}`, answer, allowed);
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      json: text.startsWith("{") ? JSON.parse(text.split("\n")[0] ?? "") : undefined,
    };
  }

  // The candidate.
  const { world } = playground;
  const opportunity = world.opportunities.rows.find(({ contact, application }) => contact.emails.length > 0 && application);
  if (!opportunity) throw new Error("the playground has no candidate");
  Object.assign(opportunity.contact, {
    name: chosen.name,
    emails: [chosen.email],
    phones: [{ type: null, value: chosen.phone }],
  });
  world.contactByEmail.set(chosen.email, opportunity.contact);
  const user = world.users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id as string;
  const target = opportunity.id;

  // Credentials and apps.
  await control("/keys", { key: chosen.apiKey, confidential: true });
  const add = (nickname: string, auth: unknown) =>
    call("POST", "/api/v1/credentials", {
      connector: "lever",
      nickname,
      environment: "playground",
      auth,
      defaultPerformAs: user,
    });
  const { id } = (await add("good", { type: "api_key", apiKey: chosen.apiKey })).json;
  const wrong = (await add("wrong", { type: "api_key", apiKey: chosen.wrongApiKey })).json.id;
  await add("good", { type: "api_key", apiKey: chosen.apiKey });
  await call("PUT", "/api/v1/settings/oauth-apps/sandbox", { clientId: "mine", clientSecret: chosen.clientSecret });
  await call("GET", "/api/v1/settings/oauth-apps");
  for (const one of [id, wrong]) {
    for (const path of ["/test", "/reconnect"]) await call("POST", `/api/v1/credentials/${one}${path}`, {});
    for (const path of ["", "/usage", "/options/stages", "/options/users"])
      await call("GET", `/api/v1/credentials/${one}${path}`);
  }
  await call("POST", `/api/v1/credentials/${id}/reconnect`, { auth: { type: "api_key", apiKey: chosen.apiKey } });
  await call("PATCH", `/api/v1/credentials/${id}`, { nickname: "renamed" });
  await call("GET", "/api/v1/credentials");

  // A consent, its tokens, and their renewal.
  const consent = (await add("by consent", { type: "oauth2" })).json;
  await giveConsent(server, consent.authorizeUrl, async (answer) => void (await keep("the consent", answer)));
  const tokens = async () =>
    (await server.services.credentials.sign(accessTo("default"), consent.id)).authorization.replace("Bearer ", "");
  canaries.accessToken = signatureOf(await tokens());
  await control("/tokens/expire");
  await call("POST", "/api/v1/operations/list_stages", { credential: consent.id });
  canaries.renewedAccessToken = signatureOf(await tokens());
  await call("POST", `/api/v1/credentials/${consent.id}/test`, {});

  // People and keys.
  const link = await call("POST", "/api/v1/access-links", undefined, { allowed: ["accessLink"] });
  canaries.accessLink = new URL(link.json.url).searchParams.get("token") ?? "";
  const form = { "content-type": "application/x-www-form-urlencoded" };
  await call("POST", "/access", "token=wrong", { headers: form });
  const signedIn = await call("POST", "/access", `token=${canaries.accessLink}`, {
    headers: form,
    allowed: ["session", "sessionSignature"],
  });
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const [session = "", signature = ""] = decodeURIComponent(cookie.split("=")[1] ?? "")
    .slice(2)
    .split(".");
  Object.assign(canaries, { session, sessionSignature: signature });
  const cookies = { headers: { cookie, authorization: "" }, allowed: ["session", "sessionSignature"] };
  const { csrfToken } = (await call("GET", "/session", undefined, cookies)).json;
  const ofPage = (token: string) => ({ ...cookies, headers: { ...cookies.headers, "x-csrf-token": token } });
  await call("POST", "/session/project", { project: "default" }, ofPage("wrong"));
  await call("POST", "/session/project", { project: "default" }, ofPage(csrfToken));
  const made = await call(
    "POST",
    "/api/v1/api-keys",
    { name: "a key", scopes: ["operations:write"] },
    { allowed: ["serverKey"] },
  );
  canaries.serverKey = made.json.key;
  await call("GET", "/api/v1/api-keys");
  await call("GET", "/api/v1/credentials", undefined, { headers: { authorization: `Bearer ${made.json.key}` } });
  await call("GET", "/api/v1/credentials", undefined, { headers: { authorization: `Bearer ${made.json.key}x` } });
  await call("DELETE", `/api/v1/api-keys/${made.json.id}`);

  // Operations that work.
  const run = (operation: string, input: unknown, allowed: readonly string[] = RECORD, query = "", headers = {}) =>
    call("POST", `/api/v1/operations/${operation}${query}`, { credential: id, input }, { allowed, headers });
  const tags = { opportunity_id: target, tags: [chosen.tag] };
  await run("retrieve_opportunity", { opportunity_id: target, expand: ["contact", "applications"] });
  await run("list_opportunities", { email: chosen.email });
  await run("list_opportunities", { limit: 5 }, RECORD, "?pages=all");
  for (let i = 0; i < 2; i += 1) await run("add_opportunity_tags", tags, RECORD, "", { "idempotency-key": "battery-1" });
  await run("add_opportunity_tags", { ...tags, tags: [`${chosen.tag}!`] }, [], "", { "idempotency-key": "battery-1" });
  await run("add_opportunity_tags", tags, ["tag"], "?dry_run=true");
  await run("list_opportunities", { email: chosen.email }, ["email"], "?dry_run=true");

  // Operations that fail.
  for (const action of faults(chosen)) {
    const credential = (await add(`for ${evidence.length}`, { type: "api_key", apiKey: chosen.apiKey })).json.id;
    for (const [operation, input] of [
      ["list_opportunities", { email: chosen.email }],
      ["add_opportunity_tags", tags],
    ] as const) {
      playground.faults.add([{ match: { pathPattern: "/opportunities" }, action }]);
      // A record whose fields have the wrong types is passed on as it came; to a list it is no list.
      const isPassedOn = operation === "add_opportunity_tags" && action.kind === "replace-body" && hasRecord(action.body);
      await call(
        "POST",
        `/api/v1/operations/${operation}`,
        { credential, input },
        { headers: { "idempotency-key": `f-${evidence.length}` }, allowed: isPassedOn ? RECORD : [] },
      );
      playground.faults.clear();
    }
  }
  await Promise.all(
    PASSING.map(async (action, index) => {
      const credential = (await add(`passing ${index}`, { type: "api_key", apiKey: chosen.apiKey })).json.id;
      playground.faults.add([{ match: { pathPattern: "/opportunities", nth: 1 }, action }]);
      await call("POST", "/api/v1/operations/add_opportunity_tags", { credential, input: tags }, { allowed: RECORD });
    }),
  );
  playground.faults.clear();
  playground.faults.add([{ action: { kind: "respond", status: 401, body: { code: "Unauthorized", message: chosen.apiKey } } }]);
  await run("retrieve_opportunity", { opportunity_id: target }, []);
  await call("POST", `/api/v1/credentials/${id}/test`, {});
  playground.faults.clear();

  // Secrets and people in the wrong places.
  for (const text of Object.values(canaries)) {
    await run("retrieve_opportunity", { opportunity_id: text }, []);
    await run("retrieve_opportunity", { opportunity_id: [{ text }], include: [text] }, []);
    await run("list_opportunities", { email: `${text} at`, limit: text, expand: [text], offset: `\u0000${text}` }, []);
    await run("add_opportunity_tags", { opportunity_id: target, tags: [`${text}\n`, { text }], perform_as: `${text}@` }, []);
    await run(`list_${encodeURIComponent(text)}`, {}, []);
    for (const credential of [text, `cred_${text}`])
      await call("POST", "/api/v1/operations/list_stages", { credential, input: {} });
    await call("GET", `/api/v1/credentials/${encodeURIComponent(text)}`);
    await call("GET", `/api/v1/credentials?limit=${encodeURIComponent(text)}&cursor=${encodeURIComponent(text)}`);
    await call("GET", `/nothing/${encodeURIComponent(text)}?${encodeURIComponent(text)}`);
    await call("POST", "/api/v1/credentials", `{"nickname": "${text}"`);
    await call("POST", "/api/v1/credentials", {
      connector: text,
      nickname: { text },
      environment: text,
      auth: { type: text, apiKey: [text] },
    });
    await call("POST", "/api/v1/credentials", {
      connector: "lever",
      nickname: "x",
      environment: text,
      auth: { type: "api_key", apiKey: text },
    });
    await call("POST", "/api/v1/credentials", text, { headers: { "content-type": "text/plain" } });
    const header = Buffer.from(text)
      .toString("latin1")
      .replace(/[^\x20-\x7e]/g, "?");
    for (const name of ["idempotency-key", "if-match", "x-request-id", "x-forwarded-for", "origin", "cookie", "x-csrf-token"])
      await call("PATCH", `/api/v1/credentials/${id}`, { version: 1 }, { headers: { [name]: `${header} é` } });
    await call("POST", "/access", `token=${encodeURIComponent(text)}`, { headers: { ...form, accept: "text/html" } });
    for (const path of ["start?ticket=", "callback?state=", "callback?error=x&error_description="])
      await call("GET", `/oauth/lever/playground/${path}${encodeURIComponent(text)}`, undefined, {
        headers: { accept: "text/html" },
      });
  }
  await call("DELETE", `/api/v1/credentials/${wrong}`);
  return { canaries, evidence };
}

/** Of a signed token only the signature is its own; and of the session's text nothing begins like another's. */
function signatureOf(token: string): string {
  return token.split(".").at(-1) as string;
}
