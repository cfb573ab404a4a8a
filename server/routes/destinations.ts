import type { WithSecret } from "../../destinations/destination-records.ts";
import type { Destination, DestinationSecret } from "../../schemas/types/index.ts";
import { reveal } from "../../sealing/secret.ts";
import { basePathOf } from "../http/base-path.ts";
import { type Call, defineRoute, PAGE_QUERY, type Route } from "../http/route.ts";

/** Systems of the users that signed messages are sent to. A signing secret is told once, when it is created. */
export const destinationRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/destinations",
    summary: "Creates a destination, and tells its signing secret once.",
    replies: [{ status: 201, shape: "destination-secret" }],
    scope: "destinations:write",
    body: "new-destination",
    async handle({ services, access, body }) {
      const created = await services.destinations.create(access, body);
      const location = `${basePathOf(services.publicUrl)}/api/v1/destinations/${created.destination.id}`;
      return { status: 201, body: told(created), headers: { Location: location } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/destinations",
    summary: "Lists destinations, oldest first.",
    replies: [{ status: 200, shape: "destination-list" }],
    scope: "destinations:read",
    query: { ...PAGE_QUERY, search: { type: "string", description: "Part of the name or the address, however it is spelt." } },
    async handle({ services, access, query }) {
      return { body: await services.destinations.list(access, query) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/destinations/:id",
    summary: "Answers a destination, by its id or name.",
    replies: [{ status: 200, shape: "destination" }],
    scope: "destinations:read",
    async handle(call) {
      return { body: await named(call) };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/destinations/:id",
    summary: "Changes name or address of a destination, pauses or resumes it.",
    replies: [{ status: 200, shape: "destination" }],
    scope: "destinations:write",
    body: "destination-change",
    async handle(call) {
      const { id } = await named(call);
      return { body: await call.services.destinations.update(call.access, id, call.body) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/destinations/:id",
    summary: "Deletes a destination and its secret; what still waits for it fails.",
    replies: [{ status: 204 }],
    scope: "destinations:write",
    async handle(call) {
      await call.services.destinations.remove(call.access, (await named(call)).id);
      return { status: 204 };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/destinations/:id/test",
    summary: "Sends a signed test message, once, and tells what happened.",
    replies: [{ status: 200, shape: "destination-test" }],
    scope: "destinations:write",
    async handle(call) {
      const { id } = await named(call);
      return { body: await call.services.destinations.test(call.access, id, { signal: call.signal }) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/destinations/:id/rotate",
    summary: "Creates a new signing secret and tells it once; the old one signs as well for a while.",
    replies: [{ status: 200, shape: "destination-secret" }],
    scope: "destinations:write",
    body: "destination-rotation",
    async handle(call) {
      const { id } = await named(call);
      return { body: told(await call.services.destinations.rotate(call.access, id, call.body)) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/destinations/:id/usage",
    summary: "Tells where a destination is used, and how much still waits for it.",
    replies: [{ status: 200, shape: "destination-usage" }],
    scope: "destinations:read",
    async handle(call) {
      const { services, access } = call;
      const { id, name } = await named(call);
      const workflows = await services.workflows.using(access, { kind: "destination", id, name });
      return { body: { destination: id, workflows, pending: await services.destinations.pending(access, id) } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/destinations/:id/deliveries",
    summary: "Lists what was sent to a destination, newest first, with what became of it.",
    replies: [{ status: 200, shape: "destination-delivery-list" }],
    scope: "destinations:read",
    query: PAGE_QUERY,
    async handle(call) {
      const { id } = await named(call);
      return { body: await call.services.destinations.deliveries(call.access, id, call.query) };
    },
  }),
];

function named({ services, access, params }: Pick<Call, "services" | "access" | "params">): Promise<Destination> {
  return services.destinations.resolve(access, String(params.id));
}

/** The one answer that holds the secret: its creator has to get it. */
function told({ destination, secret }: WithSecret): DestinationSecret {
  return { ...destination, secret: reveal(secret) };
}
