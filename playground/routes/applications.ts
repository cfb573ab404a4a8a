import { type Answer, apiJson } from "../answer.ts";
import { notFound } from "../errors.ts";
import type { Call, Route } from "../route.ts";
import { applicationExpanders, viewApplication } from "../views/application.ts";
import { applyShape, type Json, readShape } from "../views/expand.ts";
import type { Application } from "../world.ts";
import { findOpportunity } from "./opportunities.ts";

const SCOPE = "applications:read:admin";
const PATH = "/opportunities/:opportunity/applications";

export const applicationRoutes: Route[] = [
  { method: "GET", path: PATH, scope: SCOPE, handle: listApplications },
  { method: "GET", path: `${PATH}/:application`, scope: SCOPE, handle: retrieveApplication },
];

/** Never more than one, hence never a second page. */
function listApplications(call: Call): Answer {
  const { application } = findOpportunity(call);
  return apiJson(200, { data: application === null ? [] : [view(call, application)], hasNext: false });
}

function retrieveApplication(call: Call): Answer {
  const { application } = findOpportunity(call);
  const id = call.params.application ?? "";
  if (application?.id !== id) throw notFound("applications", id);
  return apiJson(200, { data: view(call, application) });
}

function view(call: Call, application: Application): Json {
  const expanders = applicationExpanders(call.world, call.web);
  const shape = readShape(call.query, expanders);
  return applyShape(application, viewApplication(findOpportunity(call), application), shape, expanders);
}
