import { html, page } from "./html.ts";

/** The provider did not answer, or not as one. */
export function providerDownPage(title: string, requestId: string): string {
  return page(
    "Sign in",
    html`<h1 class="bad">${title} cannot be reached</h1>
<p>Signing in there is not possible right now. <a href="/sign-in/oidc">Try again</a> in a minute.</p>
<p>If that does not change, the administrator of this server finds the reason in its log, and has to check <code>OIDC_ISSUER</code>.</p>
<p class="soft">Request <code>${requestId}</code>. <a href="/">Back to the start</a></p>`,
  );
}

/** Cancelled, late, or not what was requested: sign-in failed. */
export function signInFailedPage(title: string, requestId: string): string {
  return page(
    "Sign in",
    html`<h1 class="bad">You are not signed in</h1>
<p>The sign-in at ${title} was cancelled, took longer than ten minutes, or was begun in another browser. <a href="/sign-in/oidc">Sign in again</a></p>
<p class="soft">Request <code>${requestId}</code>. <a href="/">Back to the start</a></p>`,
  );
}

/** Signed in there, but not one of those who may in here. */
export function signInRefusedPage(title: string, email: string | null): string {
  const who = email === null ? html`without an e-mail address that it calls verified` : html`as <code>${email}</code>`;
  return page(
    "Sign in",
    html`<h1 class="bad">You may not use this server</h1>
<p>${title} knows you ${who}, and only the addresses in <code>OIDC_ALLOW</code> may sign in. Ask the administrator of this server, or
<a href="/sign-in/oidc">sign in again</a> as another person.</p>
<p class="soft"><a href="/">Back to the start</a></p>`,
  );
}
