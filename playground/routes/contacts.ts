import { type Answer, apiJson } from "../answer.ts";
import { changedOf, readEmails, readObject, readPhones, readText } from "../body.ts";
import { badRequest, notFound } from "../errors.ts";
import type { Call, Route } from "../route.ts";
import { viewContact, viewContactAfterUpdate } from "../views/contact.ts";
import { type Contact, canonicalEmail, touch } from "../world.ts";

export const contactRoutes: Route[] = [
  { method: "GET", path: "/contacts/:contact", scope: "contact:read:admin", handle: retrieveContact },
  { method: "PUT", path: "/contacts/:contact", scope: "contact:write:admin", handle: updateContact },
];

function retrieveContact(call: Call): Answer {
  return apiJson(200, { data: viewContact(findContact(call)) });
}

function findContact({ world, params }: Call): Contact {
  const id = params.contact ?? "";
  const contact = world.contactById.get(id);
  if (contact === undefined) throw notFound("contacts", id);
  return contact;
}

/**
 * PUT, yet partial: what is left out stays (recorded, lever-api.md §4.2). Arrays replace; whether Lever merges them is
 * not documented. Needs no `perform_as`. Changes show on all opportunities of the person; what is as before changes nothing.
 */
function updateContact(call: Call): Answer {
  const contact = findContact(call);
  if (contact.isAnonymized) throw badRequest("An anonymized contact cannot be updated");
  const changes = readChanges(call);
  const changed = changedOf(contact, changes);
  if (changed.length === 0) return apiJson(200, { data: viewContactAfterUpdate(contact) });
  for (const email of contact.emails) call.world.contactByEmail.delete(canonicalEmail(email));
  Object.assign(contact, changes);
  for (const email of contact.emails) call.world.contactByEmail.set(canonicalEmail(email), contact);
  for (const opportunity of contact.opportunities) touch(call.world, opportunity, call.now);
  const performAs = call.query.one("perform_as") ?? null;
  call.record({ effect: "contact.updated", contactId: contact.id, changed, performAs });
  return apiJson(200, { data: viewContactAfterUpdate(contact) });
}

function readChanges(call: Call): Partial<Contact> {
  const body = readObject(call.body);
  const changes = {
    name: readText(body, "name"),
    headline: readText(body, "headline"),
    location: readText(body, "location"),
    emails: readEmails(body),
    phones: readPhones(body),
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
