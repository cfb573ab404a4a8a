import { html, page } from "./html.ts";

/** Asks before signing in: opening the link alone (a preview, a virus scanner) must not use it up. */
export function accessPage(token: string): string {
  return page(
    "Sign in",
    html`<h1>Sign in to lever-connector</h1>
<p>This link works once, for 24 hours. Signed in, you can add credentials, run operations with them, and change the settings of this server.</p>
<form method="post" action="/access"><input type="hidden" name="token" value="${token}"><button autofocus>Sign in</button></form>`,
  );
}

/** The session's cookie would not be set, and signing in would silently fail. */
export function insecurePage(publicUrl: string): string {
  return page(
    "Sign in",
    html`<h1>Signing in over this connection is not possible</h1>
<p>This server is configured for <code>${publicUrl}</code>, but the request did not arrive as https. Open the link at that address.</p>
<p>If you did: the reverse proxy in front of this server has to send the header <code>X-Forwarded-Proto: https</code>,
and <code>TRUST_PROXY</code> has to be the number of proxies in front.</p>
<p class="soft">The link has not been used up.</p>`,
  );
}

export function accessRefusedPage(): string {
  return page(
    "Sign in",
    html`<h1>This access link does not work any more</h1>
<p>It was already used, is older than 24 hours, or a newer one was created. On the machine where the server keeps its data, run</p>
<pre>lever-connector access-link</pre>
<p>and open the link that it prints. <a href="/">Back to the start</a></p>`,
  );
}
