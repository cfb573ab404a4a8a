import { useQuery } from "@tanstack/react-query";
import { useContext } from "react";
import { ConnectorScope, connectorQuery, connectorsQuery } from "./connector.ts";

/** How messages and pages speak of a service. */
export interface Service {
  readonly name: string;
  /** " as an administrator", where not everybody may approve a connection; else "". */
  readonly asApprover: string;
}

/** Of the part of the page that asks; in general words while its manifest is not there. */
export function useService(): Service {
  const scope = useContext(ConnectorScope);
  const { data: cards } = useQuery(connectorsQuery);
  const id = scope ?? cards?.[0]?.id;
  const { data } = useQuery({ ...connectorQuery(id ?? ""), enabled: id !== undefined });
  const approver = data?.auth.flatMap((way) => (way.type === "oauth2" ? (way.approver ?? []) : []))[0];
  return { name: data?.name ?? "the service", asApprover: approver === undefined ? "" : ` as ${approver}` };
}

/** "an Acme", "a Globex". */
export function withArticle(name: string): string {
  return `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}
