import { stringifyJson } from "../../connector/exact-json.ts";
import type { Connector } from "../../connector/types.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { createFixedJson } from "../http/fixed-body.ts";
import { defineRoute, type Route } from "../http/route.ts";

/** What this server connects to: the listing, and the whole manifest with its schemas resolved. */
export const connectorRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/connectors",
    summary: "Lists what this server connects to.",
    replies: [{ status: 200, shape: "connector-list" }],
    scope: "any",
    async handle({ services: { connectors } }) {
      return { body: { data: connectors.all.map(toCard) } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/connectors/:connector",
    summary: "Answers a connector with its schemas resolved.",
    replies: [{ status: 200, shape: "connector" }, { status: 304 }],
    scope: "any",
    async handle({ services: { connectors }, params, req, res }) {
      const connector = connectors.all.find(({ manifest }) => manifest.id === params.connector);
      if (connector === undefined) throw new ConnectorError("not_found", "There is no such connector", { kind: "connector" });
      await bodyOf(connector)(req, res);
      return undefined;
    },
  }),
];

/** A quarter of a megabyte that every page of the dashboard needs: written out once for each opened connector. */
const bodies = new WeakMap<Connector, ReturnType<typeof createFixedJson>>();

function bodyOf(connector: Connector) {
  const body = bodies.get(connector) ?? createFixedJson(toText(connector));
  bodies.set(connector, body);
  return body;
}

function toText({ resolved, environments }: Connector): string {
  return stringifyJson({ ...resolved, environments: withoutApps(environments) });
}

function toCard({ manifest: { id, name, version, listing }, environments }: Connector) {
  return { id, name, version, listing, environments: environmentTitles(environments) };
}

function environmentTitles(environments: Readonly<Record<string, { readonly title: string }>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environments).map(([name, { title }]) => [name, title]));
}

/** Environments without the OAuth apps that start-up configuration may have built into them. */
function withoutApps(environments: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(environments).map(([name, environment]) => {
      const { clientId: _id, clientSecret: _secret, ...open } = environment as Record<string, unknown>;
      return [name, open];
    }),
  );
}
