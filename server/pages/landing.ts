import type { Credential } from "../../credentials/credential.ts";
import type { ApiKey } from "../api-keys.ts";
import { SCOPES } from "../auth/scopes.ts";
import { type Html, html, page } from "./html.ts";

export interface LandingView {
  readonly publicUrl: string;
  /** Absent: nobody is signed in. */
  readonly signedIn?: {
    readonly csrfToken: string;
    readonly credentials: readonly Credential[];
    readonly apiKeys: readonly ApiKey[];
    /** Shown once, right after it was made. */
    readonly newKey?: { readonly name: string; readonly key: string };
    readonly notice?: string;
  };
}

/** The first page: what this is, whether one is signed in, and where to go next. */
export function landingPage({ publicUrl, signedIn }: LandingView): string {
  return page(
    "Start",
    html`<h1>Connect Lever, and write to it from your workflows</h1>
<p class="soft">This server keeps Lever credentials sealed, tests them, and runs Lever operations with them over one HTTP API.</p>
${signedIn ? dashboard(signedIn) : signInHelp()}
${nextSteps(publicUrl)}`,
  );
}

function signInHelp(): Html {
  return html`<section>
<h2>You are not signed in</h2>
<p>Open the access link that the server printed when it started. It works once. For a new one run</p>
<pre>lever-connector access-link</pre>
<p class="soft">on the machine where the server keeps its data. Programs need no sign-in: they use an API key.</p>
</section>`;
}

function dashboard(view: NonNullable<LandingView["signedIn"]>): Html {
  return html`<div class="soft">You are signed in. ${signOut(view.csrfToken)}</div>
${view.notice ? html`<p class="bad" role="alert">${view.notice}</p>` : null}
${view.newKey ? newKeyCard(view.newKey) : null}
<section><h2>Credentials</h2>${credentialTable(view.credentials)}</section>
<section><h2>API keys</h2>${keyTable(view.apiKeys, view.csrfToken)}${keyForm(view.csrfToken)}</section>`;
}

function newKeyCard({ name, key }: { name: string; key: string }): Html {
  return html`<section role="status">
<h2>The API key “${name}”</h2>
<p>Copy it now. It is shown this once; only its fingerprint is stored.</p>
<pre>${key}</pre>
</section>`;
}

function credentialTable(credentials: readonly Credential[]): Html {
  if (credentials.length === 0) {
    return html`<p>There is none yet. Add one with the API or with <code>lever-connector credentials add</code>; the walk below shows how.</p>`;
  }
  const rows = credentials.map(
    ({ nickname, environment, auth, status, lastTest }) =>
      html`<tr><td class="wrap">${nickname}</td><td>${environment}</td><td>${auth === "oauth2" ? "OAuth" : "API key"}</td><td>${status}</td><td>${lastTest?.message ?? "never"}</td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th>Nickname</th><th>Environment</th><th>Kind</th><th>Status</th><th>Last test</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function keyTable(apiKeys: readonly ApiKey[], csrfToken: string): Html {
  const live = apiKeys.filter(({ revokedAt }) => revokedAt === null);
  if (live.length === 0) return html`<p>There is none yet.</p>`;
  const rows = live.map(
    ({ id, name, prefix, scopes, lastUsedAt }) =>
      html`<tr><td class="wrap">${name}</td><td><code>${prefix}…</code></td><td>${scopes.join(", ")}</td><td>${lastUsedAt ?? "never"}</td><td><form class="inline" method="post" action="/keys/revoke"><input type="hidden" name="csrf" value="${csrfToken}"><input type="hidden" name="id" value="${id}"><button class="plain">Revoke</button></form></td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th>Name</th><th>Key</th><th>May</th><th>Last used</th><th></th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function keyForm(csrfToken: string): Html {
  const boxes = Object.entries(SCOPES).map(
    ([scope, meaning]) =>
      html`<label><input type="checkbox" name="scopes" value="${scope}"> <code>${scope}</code> <span class="soft">${meaning}</span></label>`,
  );
  return html`<form method="post" action="/keys">
<input type="hidden" name="csrf" value="${csrfToken}">
<label>Name of a new key<input type="text" name="name" required maxlength="100" autocomplete="off"></label>
<fieldset><legend>It may</legend>${boxes}</fieldset>
<button>Make the key</button>
</form>`;
}

function signOut(csrfToken: string): Html {
  return html`<form class="inline" method="post" action="/sign-out"><input type="hidden" name="csrf" value="${csrfToken}"><button class="plain">Sign out</button></form>`;
}

function nextSteps(publicUrl: string): Html {
  return html`<section>
<h2>Where to go next</h2>
<p>With an API key in <code>KEY</code>, see what can be done, add a credential for the playground, and run an operation:</p>
<pre>curl -H "authorization: Bearer $KEY" ${publicUrl}/api/v1/connectors/lever

curl -H "authorization: Bearer $KEY" -H "content-type: application/json" ${publicUrl}/api/v1/credentials \\
  -d '{"connector":"lever","nickname":"demo","environment":"playground","auth":{"type":"api_key","apiKey":"playground"}}'

curl -H "authorization: Bearer $KEY" -H "content-type: application/json" ${publicUrl}/api/v1/operations/list_opportunities \\
  -d '{"credential":"demo","input":{"limit":5}}'</pre>
<p>Every failure has a code: <a href="/docs/errors">what each one means and what to do</a>.</p>
</section>`;
}
