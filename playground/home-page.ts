import type { Answer } from "./answer.ts";
import { PLAYGROUND_API_KEY, PLAYGROUND_APP } from "./options.ts";
import { escapeHtml, htmlPage } from "./pages.ts";
import type { World } from "./world.ts";

/** `/`: what this is and how to get in. */
export function homePage(world: World, origin: string): Answer {
  const counts = `${world.opportunityById.size} opportunities, ${world.contactById.size} people, ${world.postingById.size} postings`;
  const body = `<h1>A Lever that runs on your machine</h1>
<p>It behaves like Lever's API, oddities included, so that everything works without a Lever account. Its people are made up.
It is not made by Lever, and what you change here is gone when it stops.</p>
<dl>
<dt>API</dt><dd><code>${escapeHtml(origin)}/v1</code></dd>
<dt>API key</dt><dd><code>${PLAYGROUND_API_KEY}</code></dd>
<dt>OAuth app</dt><dd><code>${PLAYGROUND_APP.clientId}</code></dd>
<dt>Holds</dt><dd>${counts}</dd>
</dl>
<h2>Look around</h2>
<ul>
<li><a href="/candidates">Candidates</a>, those changed last first</li>
<li><a href="/_playground/ledger">Ledger</a>: every change made through the API</li>
<li><a href="/_playground/requests">Requests</a>: what was received, refused ones included</li>
<li><a href="/inbox">Inbox</a>: what destinations received</li>
<li><a href="/_playground/faults">Scripted faults</a></li>
<li><a href="https://hire.lever.co/developer/documentation" rel="noreferrer">Lever's own documentation of its API</a></li>
</ul>
<h2>Try it</h2>
<p><code>curl -u ${PLAYGROUND_API_KEY}: '${escapeHtml(origin)}/v1/opportunities?limit=1'</code></p>`;
  return htmlPage({ title: "Lever playground", body });
}
