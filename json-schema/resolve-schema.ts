import { ConnectorError } from "../errors/connector-error.ts";
import type { JsonSchema } from "./json-schema.ts";
import { atPointer } from "./pointer.ts";
import { isSchema, mapSchema } from "./walk.ts";

/** Where names of files begin; not the folder's own address, so that a schema has one name wherever its package lies. */
const PACKAGE = "package:/";
const MANIFEST = "manifest.json";
const ANNOTATION = /^(?:title|description|examples?|default|deprecated|readOnly|writeOnly|x-.+)$/;

export interface SchemaResolver {
  /** The schema with every `$ref` replaced by what it points to; `file` is where relative references start, named from the connector's folder. */
  resolve(schema: JsonSchema, file?: string): JsonSchema;
  /** The same meaning with the `$ref`s kept, so that a schema used in many places is compiled once. */
  link(schema: JsonSchema, file?: string): LinkedSchema;
}

/** A schema whose references are absolute, and the documents that they name. */
export interface LinkedSchema {
  readonly schema: JsonSchema;
  readonly documents: ReadonlyMap<string, JsonSchema>;
}

/**
 * Replaces `$ref`s by the schemas they name: files below `schemas/`, and places inside of them. Each target is resolved once
 * and shared. `read` gets a file's name from the connector's folder ("schemas/resources/tag.json") and answers its JSON. Annotations beside a `$ref` (title, description, …) win over the target's own.
 *
 * @throws ConnectorError `manifest_invalid` where a reference leads nowhere, outside of `schemas/`, or back to itself
 */
export function createSchemaResolver(read: (name: string) => unknown): SchemaResolver {
  const documents = new Map<string, JsonSchema>();
  const targets = new Map<string, JsonSchema>();
  const underWay = new Set<string>();

  function documentOf(file: string): JsonSchema {
    if (!file.startsWith("schemas/")) throw invalid(`a schema lies outside of schemas/: ${file}`);
    const document = documents.get(file) ?? (read(file) as JsonSchema);
    documents.set(file, document);
    return document;
  }

  function target(reference: string, from: string): JsonSchema {
    const { file, fragment } = locate(reference, from);
    const key = `${file}#${fragment}`;
    const known = targets.get(key);
    if (known !== undefined) return known;
    if (underWay.has(key)) throw invalid(`a schema refers to itself, in ${from}: ${reference}`);
    underWay.add(key);
    try {
      const resolved = resolve(pick(documentOf(file), fragment, reference, from), file);
      targets.set(key, resolved);
      return resolved;
    } finally {
      underWay.delete(key);
    }
  }

  function resolve(schema: JsonSchema, file: string): JsonSchema {
    return mapSchema(schema, (one) => {
      const { $ref, $defs: _, ...rest } = withoutIdentity(one);
      return typeof $ref === "string" ? merge(target($ref, file), rest) : rest;
    });
  }

  function relink(schema: JsonSchema, file: string, linked: Map<string, JsonSchema>): JsonSchema {
    return mapSchema(schema, (one) => {
      const rest = withoutIdentity(one);
      return typeof rest.$ref === "string" ? { ...rest, $ref: linkTo(rest.$ref, file, linked) } : rest;
    });
  }

  function linkTo(reference: string, from: string, linked: Map<string, JsonSchema>): string {
    const { file, fragment } = locate(reference, from);
    pick(documentOf(file), fragment, reference, from);
    const id = `${PACKAGE}${file}`;
    if (!linked.has(id)) {
      linked.set(id, {});
      linked.set(id, relink(documentOf(file), file, linked));
    }
    return `${id}#${fragment}`;
  }

  return {
    resolve: (schema, file = MANIFEST) => resolve(schema, file),
    link(schema, file = MANIFEST) {
      const documents = new Map<string, JsonSchema>();
      return { schema: relink(schema, file, documents), documents };
    },
  };
}

function locate(reference: string, from: string): { readonly file: string; readonly fragment: string } {
  const [path = "", fragment = ""] = reference.split("#", 2);
  const { pathname } = new URL(path, `${PACKAGE}${from}`);
  return { file: path === "" ? from : decodeURIComponent(pathname.slice(1)), fragment };
}

/** Moved elsewhere, a schema's name would change what other references mean. */
function withoutIdentity({ $schema: _schema, $id: _id, $comment: _comment, ...rest }: JsonSchema): JsonSchema {
  return rest;
}

function merge(target: JsonSchema, siblings: JsonSchema): JsonSchema {
  const names = Object.keys(siblings);
  if (names.length === 0) return target;
  if (names.every((name) => ANNOTATION.test(name))) return { ...target, ...siblings };
  return { ...siblings, allOf: [target, ...((siblings.allOf as unknown[] | undefined) ?? [])] };
}

function pick(document: JsonSchema, fragment: string, reference: string, from: string): JsonSchema {
  const found = atPointer(document, `#${fragment}`);
  if (!isSchema(found)) throw invalid(`a reference in ${from} leads nowhere: ${reference}`);
  return found;
}

function invalid(message: string): ConnectorError {
  return new ConnectorError("manifest_invalid", message);
}
