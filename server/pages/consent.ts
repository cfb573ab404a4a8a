import type { CheckReport, Credential } from "../../credentials/credential.ts";
import type { ConnectorError } from "../../errors/connector-error.ts";
import { type Html, html, page } from "./html.ts";

/** How the service is spoken of. */
export interface ServiceWords {
  readonly name: string;
  /** Who may approve, where not everyone may: "an administrator". */
  readonly approver?: string | undefined;
}

export interface ConsentView {
  readonly service: ServiceWords;
  readonly credential: Credential;
  readonly projectName: string;
  readonly environmentTitle: string;
  /** In words, where the manifest has some. */
  readonly scopes: readonly string[];
  readonly ticket: string;
}

const BACK = html`<a href="/credentials">Back to the credentials</a>`;

/** Says what is about to be connected, before the person is sent to the service. */
export function consentPage({ service, credential, projectName, environmentTitle, scopes, ticket }: ConsentView): string {
  return page(
    `Connect ${service.name}`,
    html`<h1>Connect ${account(service)}</h1>
<p>You were asked to connect ${service.name}. Continue only if you know who asked you and why.</p>
<section><dl>
<dt>Project</dt><dd>${projectName}</dd>
<dt>Credential</dt><dd>${credential.nickname}</dd>
<dt>Environment</dt><dd>${environmentTitle}</dd>
</dl>
<p>It will be allowed to:</p>
<ul>${scopes.map((scope) => html`<li>${scope}</li>`)}</ul>
<form method="post" action="?ticket=${ticket}"><button autofocus>Continue to ${service.name}</button></form></section>
<p class="soft">${service.name} asks you to sign in and to agree. ${service.approver === undefined ? "" : `Only ${service.approver} can. `} Not expecting this? Close the page; nothing has happened.</p>`,
  );
}

/** The consent ended well. */
export function connectedPage(credential: Credential, report: CheckReport | undefined): string {
  return page(
    "Connected",
    html`<h1 class="good">“${credential.nickname}” is connected</h1>
<section><dl>
<dt>Environment</dt><dd>${credential.environment}</dd>
<dt>Granted</dt><dd>${(credential.scopes ?? []).join(", ")}</dd>
<dt>Test</dt><dd>${report ? report.message : "not done yet"}</dd>
</dl>${report ? checkList(report) : null}</section>
<p>You can close this page. The credential is ready under its name, or as <code>${credential.id}</code>. ${BACK}</p>`,
  );
}

/** The service granted less than was asked for. */
export function unusablePage(credential: Credential, service: ServiceWords): string {
  return page(
    "Not enough was granted",
    html`<h1 class="bad">“${credential.nickname}” cannot be used yet</h1>
<p>${service.name} did not grant everything that was asked for. Missing:</p>
<pre>${(credential.missingScopes ?? []).join("\n")}</pre>
<p>Add these scopes to the OAuth app at ${service.name}, or let this server ask for fewer
(<a href="/settings/oauth-apps">Settings, OAuth apps</a>), then connect again.
If even the granted scopes look empty, the OAuth app is registered for another environment. ${BACK}</p>
<p class="soft">Code <a href="/docs/errors#credential_scope_missing"><code>credential_scope_missing</code></a></p>`,
  );
}

/** The consent ended badly: what happened, and what to do next. */
export function consentFailedPage(error: ConnectorError, requestId: string, service: ServiceWords = SOME_SERVICE): string {
  const { heading, next } = advice(service)[error.code] ?? OTHERWISE;
  return page(
    heading,
    html`<h1 class="bad">${heading}</h1>
<p>${error.message}</p>
<p>${next} ${BACK}</p>
<p class="soft">Code <a href="/docs/errors#${error.code}"><code>${error.code}</code></a>, request <code>${requestId}</code></p>`,
  );
}

const OTHERWISE = { heading: "The account was not connected", next: "Go back to where you came from and start again." };

const SOME_SERVICE: ServiceWords = { name: "The service" };

/** "an Acme account", "a Globex account". */
function account({ name }: ServiceWords): string {
  return `${/^[AEIOU]/i.test(name) ? "an" : "a"} ${name} account`;
}

const advice = (service: ServiceWords): Readonly<Record<string, { heading: string; next: string }>> => ({
  oauth_denied: {
    heading: `${service.name} was not connected`,
    next: `The consent was refused at ${service.name}, and nothing was changed here. If that was a mistake, start again${service.approver === undefined ? "" : `; ${service.approver} has to agree`}.`,
  },
  oauth_state_invalid: {
    heading: "This consent cannot continue",
    next: `An address works once, for ten minutes, in one browser. If you have just connected the account, it is connected; otherwise ask for a new address and open it in the browser in which you sign in to ${service.name}.`,
  },
  oauth_exchange_failed: {
    heading: `${service.name} did not complete the connection`,
    next: "Nothing was changed here. Start again in a minute.",
  },
  oauth_app_rejected: {
    heading: `${service.name} does not know this OAuth app`,
    next: "The administrator of this server has to correct client ID and secret of the OAuth app; then start again.",
  },
  oauth_app_missing: {
    heading: "There is no OAuth app for this environment",
    next: "The administrator of this server has to enter one first.",
  },
  account_mismatch: {
    heading: `This is another ${service.name} account`,
    next: `The credential keeps the account it had. Sign in to ${service.name} with that account and start again, or add a new credential for this one.`,
  },
  not_found: { heading: "The credential is gone", next: "It was removed meanwhile. Add a new one." },
});

const STATE_CLASS = { pass: "good", warn: "", fail: "bad", skipped: "soft" } as const;

function checkList({ checks }: CheckReport): Html {
  const rows = checks.map(
    ({ id, state, message, action }) =>
      html`<tr><td class="${STATE_CLASS[state]}">${state}</td><td>${id.replaceAll("_", " ")}</td><td>${message}${action ? html`<br><span class="soft">${action}</span>` : null}</td></tr>`,
  );
  return html`<div class="scroll"><table><tbody>${rows}</tbody></table></div>`;
}
