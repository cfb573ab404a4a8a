import type { Answer } from "../answer.ts";
import { escapeHtml, htmlPage } from "../pages.ts";
import type { User } from "../world.ts";
import type { AuthorizationRequest } from "./codes.ts";
import { describeScope, OFFLINE_ACCESS } from "./scopes.ts";

export interface Consent {
  request: AuthorizationRequest;
  user: User;
  accountId: string;
  transaction: string;
}

/** Asks one Super Admin for consent. Works without scripts. */
export function consentPage({ request, user, accountId, transaction }: Consent): Answer {
  const items = request.scopes.map((scope) => `<li>${escapeHtml(describeScope(scope))} <code>${escapeHtml(scope)}</code></li>`);
  const body = `<h1>Let “lever-connector (development)” use this account?</h1>
<dl>
<dt>App</dt><dd><code>${escapeHtml(request.clientId)}</code></dd>
<dt>Account</dt><dd>Playground account <code>${escapeHtml(accountId)}</code></dd>
<dt>Signed in as</dt><dd>${escapeHtml(user.name)}, ${escapeHtml(user.accessRole)}</dd>
<dt>Returns to</dt><dd><code>${escapeHtml(new URL(request.redirectUri).origin)}</code></dd>
</dl>
<h2 id="wants">It will be able to</h2>
<ul class="scopes" aria-labelledby="wants">${items.join("")}</ul>
${onlyOffline(request)}
<form method="post" action="/authorize/decision">
<input type="hidden" name="transaction" value="${escapeHtml(transaction)}">
<div class="choices">
<button class="main" name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Deny</button>
</div>
</form>`;
  // The answer to the form is a redirect to the app, which Chromium holds against form-action too.
  return htmlPage({ title: "Approve access", body, formTargets: [new URL(request.redirectUri).origin] });
}

function onlyOffline(request: AuthorizationRequest): string {
  if (request.scopes.some((scope) => scope !== OFFLINE_ACCESS)) return "";
  return `<p class="note">No other scope is listed. Was the <code>audience</code> parameter sent, spelled exactly, with its trailing slash?</p>`;
}

/** Shown instead of a redirect when the redirect address itself cannot be trusted. */
export function authorizeErrorPage(what: string, registered: readonly string[] = []): Answer {
  const list = registered.map((uri) => `<li><code>${escapeHtml(uri)}</code></li>`).join("");
  const hint =
    registered.length === 0
      ? ""
      : `<h2>Registered addresses</h2><ul>${list}</ul><p>Add one: <code>POST /_playground/redirect-uris {"add": ["http://…"]}</code></p>`;
  const body = `<h1>This request cannot continue</h1><p>${escapeHtml(what)}</p>${hint}`;
  return htmlPage({ status: 403, title: "Authorization error", body });
}
