import { defineRoute, type Route } from "../http/route.ts";

/** What is kept of a person is removed. Whom it is about stands in the body alone, so that no log and no address has it. */
export const forgetRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/forget",
    summary:
      "Removes what is kept of a person: from runs, records of writes, messages to destinations and deliveries to endpoints.",
    replies: [{ status: 200, shape: "forgetting" }],
    scope: "data:forget",
    body: "person",
    async handle({ services, access, body }) {
      return { body: await services.forget.forget(access, body) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/forget",
    summary: "Lists when data of people was removed, by whom and how much, newest first.",
    replies: [{ status: 200, shape: "forgetting-list" }],
    scope: "data:forget",
    async handle({ services, access }) {
      return { body: { data: await services.forget.list(access) } };
    },
  }),
];
