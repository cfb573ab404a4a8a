import type { CheckReport, Credential } from "../../credentials/credential.ts";
import type { ConnectorError } from "../../errors/connector-error.ts";
import { type Html, html, page } from "./html.ts";

export interface ConsentView {
  readonly credential: Credential;
  readonly projectName: string;
  readonly environmentTitle: string;
  /** In words, where the manifest has some. */
  readonly scopes: readonly string[];
  readonly ticket: string;
}

const BACK = html`<a href="/credentials">Back to the credentials</a>`;

/** Says what is about to be connected, before the person is sent to the service. */
export function consentPage({ credential, projectName, environmentTitle, scopes, ticket }: ConsentView): string {
  return page(
    "Connect Lever",
    html`<h1>Connect a Lever account</h1>
<p>You were asked to connect Lever. Go on only if you know who asked you and what for.</p>
<section><dl>
<dt>Project</dt><dd>${projectName}</dd>
<dt>Credential</dt><dd>${credential.nickname}</dd>
<dt>Environment</dt><dd>${environmentTitle}</dd>
</dl>
<p>It will be allowed to:</p>
<ul>${scopes.map((scope) => html`<li>${scope}</li>`)}</ul>
<form method="post" action="?ticket=${ticket}"><button autofocus>Continue to Lever</button></form></section>
<p class="soft">Lever asks you to sign in and to agree. Only a Super Admin can. Not expecting this? Close the page; nothing has happened.</p>`,
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

/** Lever granted less than was asked for. */
export function unusablePage(credential: Credential): string {
  return page(
    "Not enough was granted",
    html`<h1 class="bad">“${credential.nickname}” cannot be used yet</h1>
<p>Lever did not grant everything that was asked for. Missing:</p>
<pre>${(credential.missingScopes ?? []).join("\n")}</pre>
<p>Add these scopes to the OAuth app at Lever, or let this server ask for fewer
(<a href="/settings/oauth-apps">Settings, OAuth apps</a>), then connect again.
If even the granted scopes look empty, the OAuth app is registered for another environment. ${BACK}</p>
<p class="soft">Code <a href="/docs/errors#credential_scope_missing"><code>credential_scope_missing</code></a></p>`,
  );
}

/** The consent ended badly: what happened, and what to do next. */
export function consentFailedPage(error: ConnectorError, requestId: string): string {
  const { heading, next } = ADVICE[error.code] ?? OTHERWISE;
  return page(
    heading,
    html`<h1 class="bad">${heading}</h1>
<p>${error.message}</p>
<p>${next} ${BACK}</p>
<p class="soft">Code <a href="/docs/errors#${error.code}"><code>${error.code}</code></a>, request <code>${requestId}</code></p>`,
  );
}

const OTHERWISE = { heading: "The account was not connected", next: "Go back to where you came from and start again." };

const ADVICE: Readonly<Record<string, { heading: string; next: string }>> = {
  oauth_denied: {
    heading: "Lever was not connected",
    next: "The consent was refused at Lever, and nothing was changed here. If that was a mistake, start again; a Super Admin has to agree.",
  },
  oauth_state_invalid: {
    heading: "This consent cannot go on",
    next: "An address works once, for ten minutes, in one browser. If you have just connected the account, it is connected; otherwise ask for a new address and open it in the browser in which you sign in to Lever.",
  },
  oauth_exchange_failed: {
    heading: "Lever did not complete the connection",
    next: "Nothing was changed here. Start again in a minute.",
  },
  oauth_app_rejected: {
    heading: "Lever does not know this OAuth app",
    next: "Whoever runs this server has to correct client id and secret of the OAuth app; then start again.",
  },
  oauth_app_missing: {
    heading: "There is no OAuth app for this environment",
    next: "Whoever runs this server has to enter one first.",
  },
  account_mismatch: {
    heading: "This is another Lever account",
    next: "The credential keeps the account it had. Sign in to Lever with that account and start again, or add a new credential for this one.",
  },
  not_found: { heading: "The credential is gone", next: "It was removed meanwhile. Add a new one." },
};

const STATE_CLASS = { pass: "good", warn: "", fail: "bad", skipped: "soft" } as const;

function checkList({ checks }: CheckReport): Html {
  const rows = checks.map(
    ({ id, state, message, action }) =>
      html`<tr><td class="${STATE_CLASS[state]}">${state}</td><td>${id.replaceAll("_", " ")}</td><td>${message}${action ? html`<br><span class="soft">${action}</span>` : null}</td></tr>`,
  );
  return html`<div class="scroll"><table><tbody>${rows}</tbody></table></div>`;
}
