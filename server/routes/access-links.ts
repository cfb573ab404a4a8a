import type { Services } from "../../app/services.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { AccessLink } from "../../schemas/types/index.ts";
import { reveal } from "../../sealing/secret.ts";
import { defineRoute, type Route } from "../http/route.ts";

/** A new link that signs one person in to the dashboard within a day; an earlier unused one stops working. */
export const accessLinkRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/access-links",
    summary: "Creates a link that signs one person in, once.",
    replies: [{ status: 201, shape: "access-link" }],
    scope: "admin",
    async handle({ caller, services }) {
      if (!caller.isOperator) throw new ConnectorError("forbidden", "only admins of the default project may sign people in");
      return { status: 201, body: await newAccessLink(services) };
    },
  }),
];

/** Creates a link. `expiresAt` is RFC 3339 text. */
export async function newAccessLink({ accessLinks, publicUrl }: Services): Promise<AccessLink> {
  const url = accessUrl(publicUrl, reveal(await accessLinks.create()));
  const { worksUntil } = await accessLinks.state();
  return { url, ...(worksUntil !== undefined && { expiresAt: worksUntil }) };
}

export function accessUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/access?token=${token}`;
}
