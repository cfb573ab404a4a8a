import { randomBytes } from "node:crypto";
import { type Answer, apiEmpty, apiJson } from "../answer.ts";
import { readChoice, readObject, readText, readTexts } from "../body.ts";
import { badRequest, notFound } from "../errors.ts";
import type { Call, Route } from "../route.ts";
import type { Webhook } from "../world.ts";

const WITH_ORIGINS = ["applicationCreated", "candidateHired", "candidateStageChange", "candidateArchiveChange"];
const EVENTS = [
  ...WITH_ORIGINS,
  "candidateDeleted",
  "interviewCreated",
  "interviewUpdated",
  "interviewDeleted",
  "contactCreated",
  "contactUpdated",
];
const ORIGINS = ["applied", "sourced", "referred", "university", "internal", "agency"];

export const webhookRoutes: Route[] = [
  { method: "GET", path: "/webhooks", scope: "webhooks:read:admin", handle: listWebhooks },
  { method: "POST", path: "/webhooks", scope: "webhooks:write:admin", handle: createWebhook },
  { method: "DELETE", path: "/webhooks/:webhook", scope: "webhooks:write:admin", handle: deleteWebhook },
];

/** Only `data`: no `hasNext`, and never a signature token. */
function listWebhooks({ world }: Call): Answer {
  const data = [...world.webhooks.values()].map((webhook) => ({
    ...webhook,
    configuration: { conditions: webhook.configuration.conditions },
  }));
  return apiJson(200, { data });
}

/** The signature token is shown in this answer and never again. Twice the same hook means two deliveries. */
function createWebhook(call: Call): Answer {
  const body = readObject(call.body);
  const url = readUrl(readText(body, "url"));
  const event = readChoice(body, "event", EVENTS);
  if (event === undefined) throw badRequest("Required property missing", "/event");
  const conditions = WITH_ORIGINS.includes(event) ? { origins: readOrigins(body.configuration) } : {};
  const webhook: Webhook = {
    id: call.world.newId(),
    event,
    url,
    configuration: { conditions, signatureToken: randomBytes(24).toString("hex") },
    createdAt: call.now,
    updatedAt: call.now,
  };
  call.world.webhooks.set(webhook.id, webhook);
  call.record({ effect: "webhook.created", webhookId: webhook.id, performAs: null });
  return apiJson(201, { data: webhook });
}

function readOrigins(configuration: unknown): string[] {
  if (configuration === undefined) return ORIGINS;
  const { conditions } = readObject(configuration);
  const origins = conditions === undefined ? undefined : readTexts(readObject(conditions), "origins");
  if (origins?.some((origin) => !ORIGINS.includes(origin))) {
    throw badRequest(`Must be one of: ${ORIGINS.join(", ")}`, "/configuration/conditions/origins");
  }
  return origins ?? ORIGINS;
}

/** Lever takes HTTPS only; plain HTTP is let through to this machine, where the playground lives. */
function readUrl(text: string | undefined): string {
  const url = text === undefined || !URL.canParse(text) ? undefined : new URL(text);
  const local = url !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && local))) {
    throw badRequest("Must be an HTTPS address", "/url");
  }
  return url.href;
}

function deleteWebhook(call: Call): Answer {
  const id = call.params.webhook ?? "";
  if (!call.world.webhooks.delete(id)) throw notFound("webhooks", id);
  call.record({ effect: "webhook.deleted", webhookId: id, performAs: null });
  return apiEmpty(204);
}
