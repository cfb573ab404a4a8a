import type { Connectors } from "../connector/types.ts";
import type { CredentialStore } from "../credentials/credential-store.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import type { Access } from "../store/access.ts";
import type { Catalog, CatalogConnector, CatalogCredential, InputSchemaOf } from "../workflows/types.ts";

export interface WorkflowCatalog {
  /** What the workflows of a project can use. */
  of(access: Access): Promise<Catalog>;
  readonly inputSchemaOf: InputSchemaOf;
}

/** What workflows are checked against, taken from what there is now. */
export function createWorkflowCatalog(connectors: Connectors, credentials: Pick<CredentialStore, "list">): WorkflowCatalog {
  const known = Object.fromEntries(connectors.all.map((connector) => [connector.manifest.id, toCatalog(connector)]));
  return {
    inputSchemaOf: (connector, operation) => known[connector]?.operations[operation]?.input,
    async of(access) {
      return { connectors: known, credentials: await allCredentials(access), destinations: [] };
    },
  };

  async function allCredentials(access: Access): Promise<CatalogCredential[]> {
    const all: CatalogCredential[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await credentials.list(access, { limit: 500, ...(cursor !== undefined && { cursor }) });
      all.push(...page.data);
      cursor = page.next;
      if (cursor === undefined) return all;
    }
  }
}

function toCatalog({ manifest, operations }: Connectors["all"][number]): CatalogConnector {
  return {
    name: manifest.name,
    operations: Object.fromEntries(
      [...operations.values()].map(({ name, declaration, inputSchema, outputSchema, effect }) => {
        const { title, paginated, performAs, scopes } = declaration;
        const input: JsonSchema = inputSchema;
        return [
          name,
          {
            ...{ title, input, output: outputSchema, effect, scopes },
            ...(paginated !== undefined && { paginated }),
            ...(performAs !== undefined && { performAs }),
          },
        ];
      }),
    ),
    ...(manifest.performAs && { performAs: { input: manifest.performAs.input } }),
  };
}
