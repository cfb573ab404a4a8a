/**
 * Who reaches documents, and which. Every function that reads or changes what belongs to a project takes one; the collections
 * (collection.ts) hold it.
 */
export interface Access {
  readonly project: string;
  /** Only what belongs to this user of the project. Absent: everything of the project. */
  readonly owner?: string;
  /** Who acts, as records and the log name it: `api_key:key_…`, `session:…`, `cli`, `system`. */
  readonly actor: string;
}

/** For work that no caller has asked for at this moment, on a document that names its project. */
export function systemAccess({ project }: { readonly project: string }): Access {
  return { project, actor: "system" };
}

/** For what belongs to the project and serves all of its owners, such as its OAuth app. */
export function wholeProject({ project, actor }: Access): Access {
  return { project, actor };
}
