import { type Answer, apiJson } from "../answer.ts";
import { type Body, isEmail, readObject, readText } from "../body.ts";
import { badRequest, notFound } from "../errors.ts";
import { byCreation, page } from "../page.ts";
import type { Call, Route } from "../route.ts";
import { canonicalEmail, type User } from "../world.ts";

const SCOPE = "users:read:admin";

export const userRoutes: Route[] = [
  { method: "GET", path: "/users", scope: SCOPE, handle: listUsers },
  { method: "GET", path: "/users/:user", scope: SCOPE, handle: retrieveUser },
  { method: "PUT", path: "/users/:user", scope: "users:write:admin", handle: updateUser },
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

function retrieveUser(call: Call): Answer {
  return apiJson(200, { data: findUser(call) });
}

/** PUT, and total: what is left out is reset (lever-api.md §4.4), unlike a contact's. Takes no `perform_as`. */
function updateUser(call: Call): Answer {
  const user = findUser(call);
  const changes = readChanges(call, user);
  Object.assign(user, changes);
  call.record({ effect: "user.updated", userId: user.id, changed: Object.keys(changes), performAs: null });
  return apiJson(200, { data: user });
}

function readChanges({ body, world }: Call, user: User): Partial<User> {
  const given = readObject(body);
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
