import { badRequest } from "./errors.ts";

export interface Form {
  /** The fields as the JSON body would hold them. */
  body: Record<string, unknown>;
  files: { field: string; name: string; size: number }[];
}

const LISTS = ["emails", "followers", "links", "phones", "postings", "sources", "tags"];
const TIMES = ["createdAt", "archivedAt"];
const FILE_FIELDS = ["resumeFile", "files", "files[]"];
const FILE_TYPES = /\.(docx?|js|jpe?g|png|pdf|txt)$/i;

/**
 * Reads `multipart/form-data`: `emails[]`, `archived[archivedAt]`, `phones[0][value]` (lever-api.md §2.8). Files are
 * checked and dropped; the playground keeps none.
 *
 * @throws LeverError 400 for what is no form, and for a file of a type that Lever does not take
 */
export async function readForm(body: Buffer, contentType: string): Promise<Form> {
  const form: Form = { body: {}, files: [] };
  for (const [name, value] of await parse(body, contentType)) {
    if (typeof value === "string") setField(form.body, name, value);
    else form.files.push(checkFile(name, value));
  }
  if (form.files.filter(({ field }) => field === "resumeFile").length > 1)
    throw badRequest("Only one file is allowed", "/resumeFile");
  forgetPhoneTypes(form.body.phones);
  return form;
}

/** On record: numbers sent in a form all read as `other` afterwards. */
function forgetPhoneTypes(phones: unknown): void {
  for (const phone of Array.isArray(phones) ? phones : []) if (typeof phone === "object") delete phone.type;
}

async function parse(body: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(body, { headers: { "content-type": contentType } }).formData();
  } catch {
    throw badRequest("The body is not valid multipart/form-data");
  }
}

function checkFile(field: string, file: File): Form["files"][number] {
  if (!FILE_FIELDS.includes(field)) throw badRequest("No file is expected here", `/${field}`);
  if (!FILE_TYPES.test(file.name)) throw badRequest("The type of the file is not supported", `/${field}`);
  return { field, name: file.name, size: file.size };
}

/** `a[b][]` is a path; a number or nothing between the brackets means a list. */
function setField(body: Form["body"], name: string, text: string): void {
  const path = name.replaceAll("]", "").split("[");
  const keys = path.length === 1 && LISTS.includes(name) ? [name, ""] : path;
  const last = keys.at(-1) as string;
  let place: unknown = body;
  for (const [index, key] of keys.slice(0, -1).entries()) place = open(place, key, /^\d*$/.test(keys[index + 1] as string));
  put(place, last, TIMES.includes(last) && /^\d{1,16}$/.test(text) ? Number(text) : text);
}

function open(place: unknown, key: string, isList: boolean): unknown {
  const existing = Object.getOwnPropertyDescriptor(place, key)?.value;
  return existing ?? put(place, key, isList ? [] : {});
}

function put(place: unknown, key: string, value: unknown): unknown {
  if (typeof place !== "object" || place === null) throw badRequest("A field is both a value and a list", `/${key}`);
  if (Array.isArray(place)) place.push(value);
  else Object.defineProperty(place, key, { value, enumerable: true, configurable: true, writable: true });
  return value;
}
