import type { Endpoint, EndpointSecret } from "../../schemas/types/index.ts";
import { reveal } from "../../sealing/secret.ts";
import type { WithSecret } from "../../triggers/endpoint-records.ts";
import { isEndpointId } from "../../triggers/types.ts";
import { basePathOf } from "../http/base-path.ts";
import { type Call, defineRoute, PAGE_QUERY, type Route } from "../http/route.ts";

/** Addresses of this server that others deliver events to. A secret that is created here is told once. */
export const endpointRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/presets",
    summary: "Lists the presets that endpoints can use: how their senders sign, and what they say.",
    replies: [{ status: 200, shape: "endpoint-preset-list" }],
    scope: "endpoints:read",
    async handle({ services }) {
      return { body: { data: services.triggers.presets() } };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/endpoints",
    summary: "Creates an endpoint, and tells its secret once, where one was created for the sender.",
    replies: [{ status: 201, shape: "endpoint-secret" }],
    scope: "endpoints:write",
    body: "new-endpoint",
    async handle({ services, access, body }) {
      const created = await services.triggers.endpoints.create(access, body);
      const location = `${basePathOf(services.publicUrl)}/api/v1/endpoints/${created.endpoint.id}`;
      return { status: 201, body: told(created), headers: { Location: location } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/endpoints",
    summary: "Lists endpoints, oldest first.",
    replies: [{ status: 200, shape: "endpoint-list" }],
    scope: "endpoints:read",
    query: { ...PAGE_QUERY, search: { type: "string", description: "Part of the name or the preset, however it is spelt." } },
    async handle({ services, access, query }) {
      return { body: await services.triggers.endpoints.list(access, query) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/endpoints/:id",
    summary: "Answers an endpoint, by its id or name.",
    replies: [{ status: 200, shape: "endpoint" }],
    scope: "endpoints:read",
    async handle(call) {
      return { body: await named(call) };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/endpoints/:id",
    summary: "Changes name or settings of an endpoint, pauses or resumes it.",
    replies: [{ status: 200, shape: "endpoint" }],
    scope: "endpoints:write",
    body: "endpoint-change",
    async handle(call) {
      const { id } = await named(call);
      return { body: await call.services.triggers.endpoints.update(call.access, id, call.body) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/endpoints/:id",
    summary: "Deletes an endpoint and its secret: nothing is accepted at its address any more. What was delivered stays.",
    replies: [{ status: 204 }],
    scope: "endpoints:write",
    async handle(call) {
      await call.services.triggers.endpoints.remove(call.access, (await named(call)).id);
      return { status: 204 };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/endpoints/:id/rotate",
    summary: "Replaces the secret; the one before is accepted as well for a while. One that is created here is told once.",
    replies: [{ status: 200, shape: "endpoint-secret" }],
    scope: "endpoints:write",
    body: "endpoint-rotation",
    async handle(call) {
      const { id } = await named(call);
      return { body: told(await call.services.triggers.endpoints.rotate(call.access, id, call.body)) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/endpoints/:id/usage",
    summary: "Tells which workflows an endpoint starts, and how many deliveries are still worked on.",
    replies: [{ status: 200, shape: "endpoint-usage" }],
    scope: "endpoints:read",
    async handle(call) {
      const { services, access } = call;
      const { id, name } = await named(call);
      const workflows = await services.workflows.using(access, { kind: "endpoint", id, name });
      return { body: { endpoint: id, workflows, pending: await services.triggers.deliveries.pending(access, id) } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/deliveries",
    summary: "Lists what was delivered to endpoints, newest first, with the runs that it started.",
    replies: [{ status: 200, shape: "delivery-list" }],
    scope: "endpoints:read",
    query: {
      ...PAGE_QUERY,
      endpoint: { type: "string", description: "Only what came to this endpoint: its id or name." },
      state: { enum: ["pending", "done", "dead", "expired"], description: "Only what is in this state." },
    },
    async handle({ services, access, query: { endpoint, ...options } }) {
      const id = endpoint === undefined ? undefined : await idOf(services.triggers, access, endpoint);
      return { body: await services.triggers.deliveries.list(access, { ...options, endpoint: id }) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/deliveries/replay",
    summary: "Works again on what was delivered in a span of time, a thousand deliveries at most.",
    replies: [{ status: 200, shape: "delivery-replays" }],
    scope: "endpoints:write",
    body: "delivery-range",
    async handle({ services, access, body: { endpoint, ...range } }) {
      const id = endpoint === undefined ? undefined : await idOf(services.triggers, access, endpoint);
      return {
        body: await services.triggers.deliveries.replayRange(access, { ...range, ...(id !== undefined && { endpoint: id }) }),
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/deliveries/:id",
    summary: "Answers a delivery with its body, redacted.",
    replies: [{ status: 200, shape: "shown-delivery" }],
    scope: "endpoints:read",
    async handle({ services, access, params }) {
      return { body: await services.triggers.deliveries.get(access, String(params.id)) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/deliveries/:id/replay",
    summary:
      "Works on a delivery again: one that is done starts its workflows anew, a dead letter those that it has not started.",
    replies: [{ status: 202, shape: "delivery" }],
    scope: "endpoints:write",
    async handle({ services, access, params }) {
      return { status: 202, body: await services.triggers.deliveries.replay(access, String(params.id)) };
    },
  }),
];

function named({ services, access, params }: Pick<Call, "services" | "access" | "params">): Promise<Endpoint> {
  return services.triggers.endpoints.resolve(access, String(params.id));
}

/** What was delivered stays when its endpoint is gone: its id is taken as it is. */
async function idOf({ endpoints }: Call["services"]["triggers"], access: Call["access"], text: string): Promise<string> {
  return isEndpointId(text) ? text : (await endpoints.resolve(access, text)).id;
}

/** The one answer that holds the secret: whoever creates it has to get it. */
function told({ endpoint, secret }: WithSecret): EndpointSecret {
  return { ...endpoint, secret: secret && reveal(secret) };
}
