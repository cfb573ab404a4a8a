import type { Connectors } from "../connector/types.ts";
import type { CredentialStore } from "../credentials/credential-store.ts";
import type { Destinations } from "../destinations/create-destinations.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import type { Endpoint } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import { allPages } from "../store/find-page.ts";
import type { Triggers } from "../triggers/create-triggers.ts";
import { decides } from "../triggers/types.ts";
import type { Catalog, CatalogConnector, CatalogEndpoint, InputSchemaOf } from "../workflows/types.ts";

export interface WorkflowCatalog {
  /** What the workflows of a project can use. */
  of(access: Access): Promise<Catalog>;
  readonly inputSchemaOf: InputSchemaOf;
}

interface CatalogDeps {
  readonly connectors: Connectors;
  readonly credentials: Pick<CredentialStore, "list">;
  readonly destinations: Pick<Destinations, "list">;
  readonly triggers: Pick<Triggers, "presetOf"> & { readonly endpoints: Pick<Triggers["endpoints"], "list"> };
}

/** What workflows are checked against, taken from what there is now. */
export function createWorkflowCatalog({ connectors, credentials, destinations, triggers }: CatalogDeps): WorkflowCatalog {
  const known = Object.fromEntries(connectors.all.map((connector) => [connector.manifest.id, toCatalog(connector)]));
  return {
    inputSchemaOf: (connector, operation) => known[connector]?.operations[operation]?.input,
    async of(access) {
      const [saved, named, endpoints] = await Promise.all([
        allPages((page) => credentials.list(access, page)),
        allPages((page) => destinations.list(access, page)),
        allPages((page) => triggers.endpoints.list(access, page)),
      ]);
      return { connectors: known, credentials: saved, destinations: named, endpoints: endpoints.map(toEndpoint) };
    },
  };

  function toEndpoint({ id, name, ...of }: Endpoint): CatalogEndpoint {
    const preset = triggers.presetOf(of);
    return { id, name, body: (preset?.schema ?? {}) as JsonSchema, decides: preset !== undefined && decides(preset) };
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
    ...(manifest.fieldsInput !== undefined && { fieldsInput: manifest.fieldsInput }),
  };
}
