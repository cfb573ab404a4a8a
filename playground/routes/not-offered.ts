import { notInPlayground } from "../errors.ts";
import type { Method, Route } from "../route.ts";

/** Endpoints that Lever has and the playground does not. */
const ENDPOINTS: Record<string, string> = {
  "/applications/deleted": "GET",
  "/audit_events": "GET",
  "/candidates/:opportunity/addPostings": "POST",
  "/disposition_stages": "GET",
  "/eeo/responses": "GET",
  "/eeo/responses/pii": "GET",
  "/feedback_templates": "GET POST",
  "/feedback_templates/:template": "GET PUT DELETE",
  "/form_templates": "GET POST",
  "/form_templates/:template": "GET PUT DELETE",
  "/opportunities/:opportunity/feedback": "GET POST",
  "/opportunities/:opportunity/feedback/:feedback": "GET PUT DELETE",
  "/opportunities/:opportunity/file_actions": "GET",
  "/opportunities/:opportunity/files": "GET POST",
  "/opportunities/:opportunity/files/:file": "GET DELETE",
  "/opportunities/:opportunity/files/:file/download": "GET",
  "/opportunities/:opportunity/forms": "GET POST",
  "/opportunities/:opportunity/forms/:form": "GET",
  "/opportunities/:opportunity/interviews": "GET POST",
  "/opportunities/:opportunity/interviews/:interview": "GET PUT DELETE",
  "/opportunities/:opportunity/notes": "GET POST",
  "/opportunities/:opportunity/notes/:note": "GET PUT DELETE",
  "/opportunities/:opportunity/offers": "GET",
  "/opportunities/:opportunity/offers/:offer/download": "GET",
  "/opportunities/:opportunity/panels": "GET POST",
  "/opportunities/:opportunity/panels/:panel": "GET PUT DELETE",
  "/opportunities/:opportunity/referrals": "GET",
  "/opportunities/:opportunity/referrals/:referral": "GET",
  "/opportunities/:opportunity/resumes": "GET",
  "/opportunities/:opportunity/resumes/:resume": "GET",
  "/opportunities/:opportunity/resumes/:resume/download": "GET",
  "/postings/:posting/apply": "GET POST",
  "/postings/:posting/users": "GET",
  "/postings/deleted": "GET",
  "/requisition_fields": "GET POST",
  "/requisition_fields/:field": "GET PUT DELETE",
  "/requisition_fields/:field/options": "POST PUT DELETE",
  "/requisitions": "GET POST",
  "/requisitions/:requisition": "GET PUT DELETE",
  "/surveys/diversity/:posting": "GET",
  "/uploads": "POST",
  "/webhooks": "PUT",
};

/** To be registered before the others: `/postings/deleted` is no posting. */
export const routesNotOffered: Route[] = Object.entries(ENDPOINTS).flatMap(([path, methods]) =>
  methods.split(" ").map((method) => refuse(method as Method, path)),
);

function refuse(method: Method, path: string): Route {
  return {
    method,
    path,
    scope: null,
    needsBody: false,
    handle: () => {
      throw notInPlayground(`${method} ${path}`);
    },
  };
}
