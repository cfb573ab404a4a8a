import { type Answer, apiJson } from "../answer.ts";
import { type Body, changedOf, isEmail, readObject, readText } from "../body.ts";
import { badRequest, notFound, userNotFound } from "../errors.ts";
import { byCreation, page } from "../page.ts";
import type { Call, Route } from "../route.ts";
import { canonicalEmail, type User } from "../world.ts";

const SCOPE = "users:read:admin";
const WRITE = "users:write:admin";

export const userRoutes: Route[] = [
  { method: "GET", path: "/users", scope: SCOPE, handle: listUsers },
  { method: "GET", path: "/users/:user", scope: SCOPE, handle: retrieveUser },
  { method: "POST", path: "/users", scope: WRITE, handle: createUser },
  { method: "PUT", path: "/users/:user", scope: WRITE, handle: updateUser },
  { method: "POST", path: "/users/:user/deactivate", scope: WRITE, needsBody: false, handle: (call) => setActive(call, false) },
  { method: "POST", path: "/users/:user/reactivate", scope: WRITE, needsBody: false, handle: (call) => setActive(call, true) },
];

/** Active users only, unless deactivated ones are asked for. */
function listUsers({ world, query }: Call): Answer {
  const all = query.boolean("includeDeactivated") === true;
  const roles = [...query.all("accessRole"), ...query.all("accessRole[]")];
  const directory = query.one("external_directory_id");
  const email = query.one("email");
  if (email !== undefined && !isEmail(email.trim())) throw badRequest("Email address is not valid");
  const wanted = email === undefined ? undefined : canonicalEmail(email);
  return page(query, {
    list: world.users,
    place: byCreation,
    matches: (user) =>
      (all || user.deactivatedAt === null) &&
      (roles.length === 0 || roles.includes(user.accessRole)) &&
      (directory === undefined || user.externalDirectoryId === directory) &&
      (wanted === undefined || canonicalEmail(user.email) === wanted),
    render: (user) => user,
  });
}

/** A deactivated user is not found by id, though `includeDeactivated` lists it (lever-api.md §4.4). */
function retrieveUser(call: Call): Answer {
  const user = findUser(call);
  if (user.deactivatedAt !== null) throw userNotFound();
  return apiJson(200, { data: user });
}

/** A role may be left out. */
function createUser(call: Call): Answer {
  const { world, now, body } = call;
  const changes = readChanges(call, { accessRole: "interviewer", ...readObject(body) });
  const user: User = {
    id: world.newId(),
    username: changes.email.split("@")[0] ?? "",
    photo: null,
    createdAt: now,
    deactivatedAt: null,
    linkedContactIds: null,
    ...changes,
  };
  world.userById.set(user.id, user);
  world.users.insert(user);
  call.record({ effect: "user.created", userId: user.id, performAs: null });
  return apiJson(201, { data: user });
}

function setActive(call: Call, active: boolean): Answer {
  const user = findUser(call);
  if (active === (user.deactivatedAt === null)) return apiJson(200, { data: user });
  user.deactivatedAt = active ? null : call.now;
  call.record({ effect: active ? "user.reactivated" : "user.deactivated", userId: user.id, performAs: null });
  return apiJson(200, { data: user });
}

/** PUT, and total: what is left out is reset (lever-api.md §4.4), unlike a contact's. Takes no `perform_as`. */
function updateUser(call: Call): Answer {
  const user = findUser(call);
  const changes = readChanges(call, readObject(call.body), user);
  const changed = changedOf(user, changes);
  Object.assign(user, changes);
  if (changed.length > 0) call.record({ effect: "user.updated", userId: user.id, changed, performAs: null });
  return apiJson(200, { data: user });
}

function readChanges({ world }: Call, given: Body, user?: User) {
  const email = requireText(given, "email");
  if (!isEmail(email)) throw badRequest("Email address is not valid", "/email");
  if (world.users.rows.some((other) => other !== user && canonicalEmail(other.email) === canonicalEmail(email)))
    throw badRequest("A user already exists with that email address.", "/email");
  return {
    name: requireText(given, "name"),
    email,
    accessRole: requireText(given, "accessRole"),
    externalDirectoryId: readText(given, "externalDirectoryId") ?? null,
    jobTitle: readText(given, "jobTitle") ?? null,
    managerId: readText(given, "managerId") ?? null,
  };
}

function requireText(body: Body, name: string): string {
  const text = readText(body, name);
  if (text === undefined || text === "") throw badRequest("Required property missing", `/${name}`);
  return text;
}

function findUser({ world, params }: Call): User {
  const id = params.user ?? "";
  const user = world.userById.get(id);
  if (user === undefined) throw notFound("users", id);
  return user;
}
