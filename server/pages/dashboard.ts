import { html, page } from "./html.ts";

/** In place of the dashboard, where the program runs from a checkout that was not built. */
export function notBuiltPage(): string {
  return page(
    "Not built",
    html`<h1>The dashboard is not built yet</h1>
<p>This server runs from its sources. In the same folder run</p>
<pre>npm run build</pre>
<p>and reload this page. The API and the command line work without it.</p>`,
  );
}
