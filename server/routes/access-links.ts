import { ConnectorError } from "../../connector/errors.ts";
import { reveal } from "../../credentials/secret.ts";
import type { Route } from "../http/route.ts";

/** A new link that signs one person in to the dashboard; an earlier unused one stops working. */
export const accessLinkRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/access-links",
    scope: "admin",
    async handle({ caller, services }) {
      if (!caller.isOperator) throw new ConnectorError("forbidden", "only admins of the default project may sign people in");
      return { status: 201, body: { url: accessUrl(services.publicUrl, reveal(await services.accessLinks.create())) } };
    },
  },
];

export function accessUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/access?token=${token}`;
}
