import { ConnectorError } from "../errors/connector-error.ts";
import type { JsonSchema } from "./json-schema.ts";
import { atPointer } from "./pointer.ts";

/** Where names of files begin; not the folder's own address, so that a schema has one name wherever its package lies. */
const PACKAGE = "package:/";
const MANIFEST = "manifest.json";
const IDENTITY = new Set(["$schema", "$id", "$defs", "$comment"]);
const ANNOTATION = /^(?:title|description|examples?|default|deprecated|readOnly|writeOnly|x-.+)$/;

export interface SchemaResolver {
  /** `value` with every `$ref` replaced by what it points to; `file` is where relative references start, named from the connector's folder. */
  resolve(value: unknown, file?: string): unknown;
  /** The same meaning with the `$ref`s kept, so that a schema used in many places is compiled once. */
  link(value: JsonSchema, file?: string): LinkedSchema;
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
  const documents = new Map<string, unknown>();
  const targets = new Map<string, unknown>();
  const underWay = new Set<string>();

  function documentOf(file: string): unknown {
    if (!file.startsWith("schemas/")) throw invalid(`a schema lies outside of schemas/: ${file}`);
    if (!documents.has(file)) documents.set(file, read(file));
    return documents.get(file);
  }

  function target(reference: string, from: string): unknown {
    const { file, fragment } = locate(reference, from);
    const key = `${file}#${fragment}`;
    if (targets.has(key)) return targets.get(key);
    if (underWay.has(key)) throw invalid(`a schema refers to itself: ${reference}`);
    underWay.add(key);
    try {
      targets.set(key, walk(pick(documentOf(file), fragment, reference), file));
    } finally {
      underWay.delete(key);
    }
    return targets.get(key);
  }

  function walk(node: unknown, file: string): unknown {
    if (Array.isArray(node)) return node.map((item) => walk(item, file));
    if (typeof node !== "object" || node === null) return node;
    const siblings: Record<string, unknown> = {};
    let reference: string | undefined;
    for (const [key, value] of Object.entries(node)) {
      if (key === "$ref" && typeof value === "string") reference = value;
      else if (!isIdentity(key, value)) siblings[key] = walk(value, file);
    }
    return reference === undefined ? siblings : merge(target(reference, file), siblings);
  }

  function relink(node: unknown, file: string, linked: Map<string, JsonSchema>): unknown {
    if (Array.isArray(node)) return node.map((item) => relink(item, file, linked));
    if (typeof node !== "object" || node === null) return node;
    const copy: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(node)) {
      if (key === "$ref" && typeof value === "string") copy.$ref = linkTo(value, file, linked);
      else if (!(isIdentity(key, value) && key !== "$defs")) copy[key] = relink(value, file, linked);
    }
    return copy;
  }

  function linkTo(reference: string, from: string, linked: Map<string, JsonSchema>): string {
    const { file, fragment } = locate(reference, from);
    pick(documentOf(file), fragment, reference);
    const id = `${PACKAGE}${file}`;
    if (!linked.has(id)) {
      linked.set(id, {});
      linked.set(id, relink(documentOf(file), file, linked) as JsonSchema);
    }
    return `${id}#${fragment}`;
  }

  return {
    resolve: (value, file = MANIFEST) => walk(value, file),
    link(value, file = MANIFEST) {
      const documents = new Map<string, JsonSchema>();
      return { schema: relink(value, file, documents) as JsonSchema, documents };
    },
  };
}

function locate(reference: string, from: string): { readonly file: string; readonly fragment: string } {
  const [path = "", fragment = ""] = reference.split("#", 2);
  const { pathname } = new URL(path, `${PACKAGE}${from}`);
  return { file: path === "" ? from : decodeURIComponent(pathname.slice(1)), fragment };
}

/** `$id` and the like are dropped: moved elsewhere, they would change what other references mean. A field may bear such a name. */
function isIdentity(key: string, value: unknown): boolean {
  return IDENTITY.has(key) && (key === "$defs" || typeof value === "string");
}

function merge(target: unknown, siblings: Record<string, unknown>): unknown {
  const names = Object.keys(siblings);
  if (names.length === 0) return target;
  if (typeof target === "object" && names.every((name) => ANNOTATION.test(name))) return { ...target, ...siblings };
  return { ...siblings, allOf: [target, ...((siblings.allOf as unknown[] | undefined) ?? [])] };
}

function pick(document: unknown, fragment: string, reference: string): unknown {
  const found = atPointer(document, `#${fragment}`);
  if (found === undefined) throw invalid(`a reference leads nowhere: ${reference}`);
  return found;
}

function invalid(message: string): ConnectorError {
  return new ConnectorError("manifest_invalid", message);
}
