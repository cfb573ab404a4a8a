import { type Answer, apiJson } from "../answer.ts";
import { isEmail } from "../body.ts";
import { badRequest, notFound } from "../errors.ts";
import { byCreation, page } from "../page.ts";
import type { Call, Route } from "../route.ts";
import { canonicalEmail } from "../world.ts";

const SCOPE = "users:read:admin";

export const userRoutes: Route[] = [
  { method: "GET", path: "/users", scope: SCOPE, handle: listUsers },
  { method: "GET", path: "/users/:user", scope: SCOPE, handle: retrieveUser },
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

function retrieveUser({ world, params }: Call): Answer {
  const id = params.user ?? "";
  const user = world.userById.get(id);
  if (user === undefined) throw notFound("users", id);
  return apiJson(200, { data: user });
}
