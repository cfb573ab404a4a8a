import type { Contact } from "../world.ts";
import type { Json } from "./expand.ts";

/** A contact as it is read (lever-api.md §4.2): here `location` is an object. */
export function viewContact(contact: Contact): Json {
  return {
    ...viewContactAfterUpdate(contact),
    isAnonymized: contact.isAnonymized,
    dataProtection: { interviewIntelligence: { allowed: true, expiresAt: null } },
  };
}

/** The answer to an update lacks `isAnonymized` and `dataProtection`. */
export function viewContactAfterUpdate(contact: Contact): Json {
  const { id, name, headline, emails, phones } = contact;
  return { id, name, headline, location: { name: contact.location }, emails, phones };
}
