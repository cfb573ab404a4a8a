import type { Answer } from "./answer.ts";
import type { Inbox, InboxMessage } from "./inbox.ts";
import { escapeHtml, htmlPage } from "./pages.ts";

const SHOWN = 50;
const LONGEST_BODY = 20_000;

const WORDS: Readonly<Record<InboxMessage["signature"], string>> = {
  verified: "signature verified",
  unverified: "signed; no secret is known here to verify it with",
  wrong: "signature wrong",
  unsigned: "not signed",
};

/** `/inbox`: what destinations received, newest first. */
export function inboxPage(inbox: Inbox, origin: string): Answer {
  const latest = inbox.list().slice(-SHOWN).reverse();
  const address = escapeHtml(`${origin}/inbox`);
  const body = `<h1>Inbox</h1>
<p>What was posted to <code>${address}</code>, or to an address below it: enter it as the URL of a destination. The newest ${SHOWN} are shown.</p>
<p>${inbox.secretCount === 0 ? `To have signatures verified, post the destination's secret: <code>curl ${escapeHtml(origin)}/_playground/inbox/secrets -d '{"secret":"whsec_…"}'</code>` : `Signatures are verified with ${inbox.secretCount === 1 ? "one secret" : `${inbox.secretCount} secrets`}.`}</p>
${latest.length === 0 ? "<p>Nothing was received yet.</p>" : `<ul class="people">${latest.map(toItem).join("")}</ul>`}`;
  return htmlPage({ title: "Inbox", body });
}

function toItem({ seq, at, path, headers, body, signature }: InboxMessage): string {
  const shown = Object.entries(headers)
    .filter(([name]) => name.startsWith("webhook-") || name === "content-type" || name === "user-agent")
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd><code>${escapeHtml(value)}</code></dd>`)
    .join("");
  const time = new Date(at).toISOString().slice(0, 19).replace("T", " ");
  const note = signature === "verified" ? "" : ' class="note"';
  return `<li><small>#${seq}, ${time} UTC, /inbox${escapeHtml(path)}</small>
<p${note}>${WORDS[signature]}</p><dl>${shown}</dl><pre>${escapeHtml(toShown(body))}</pre></li>`;
}

function toShown(body: string): string {
  return readable(body.slice(0, LONGEST_BODY)) + (body.length > LONGEST_BODY ? "\n…" : "");
}

function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
