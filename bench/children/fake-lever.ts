import { createServer } from "node:http";

/**
 * A server that costs as little as possible: prepared answers, no rate limit. It runs in its own process, so that what is measured is
 * the client. `GET /v1/opportunities/:id` answers one 1.9 kB record, `GET /v1/opportunities` pages of 100 up to `TOTAL` records.
 */
const total = Number(process.env.TOTAL ?? 100_000);
const pageSize = 100;
const template = JSON.stringify(opportunity(0)).split("000000000000");
const one = Buffer.from(JSON.stringify({ data: opportunity(0) }));

const server = createServer((request, response) => {
  const url = request.url ?? "";
  if (!url.startsWith("/v1/opportunities?")) return answer(response, one);
  const offset = Number(/[?&]offset=(\d+)/.exec(url)?.[1] ?? 0);
  const data = Array.from({ length: Math.min(pageSize, total - offset) }, (_, index) => record(offset + index)).join(",");
  const next = offset + pageSize;
  answer(response, Buffer.from(`{"data":[${data}],"hasNext":${next < total ? `true,"next":"${next}"` : "false"}}`));
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address && typeof address === "object") process.send?.({ port: address.port });
});
process.on("disconnect", () => process.exit(0));

function answer(response: import("node:http").ServerResponse, body: Buffer): void {
  response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": body.length });
  response.end(body);
}

/** The same text with other numbers: making it anew would cost the server more than the client. */
function record(index: number): string {
  return template.join(String(index).padStart(12, "0"));
}

/** About 1.9 kB as JSON, in Lever's shape. */
function opportunity(index: number) {
  const id = `5f0f2c1e-8a44-4d0f-9a53-${String(index).padStart(12, "0")}`;
  const user = "9a2e4c60-7b1d-4f0e-8c35-2d6f1b0a4e77";
  return {
    id,
    name: `Nadia Example ${index}`,
    contact: "c1b7d6a2-3f5e-4c88-8f21-6d1e0a9b7c34",
    headline: "Acme GmbH, Example University, Department of Applied Examples",
    stage: "applicant-new",
    confidentiality: "non-confidential",
    location: "Vienna",
    phones: [{ type: "mobile", value: "+43 1 5550100" }],
    emails: [`nadia.${index}@example.com`],
    links: ["https://example.com/nadia", "https://example.com/nadia/portfolio"],
    archived: null,
    tags: ["Data Engineer", "Platform", "Engineering", "Vienna", "Full-time", "referral-bonus"],
    sources: ["Referral"],
    stageChanges: [0, 1, 2, 3].map((step) => ({
      toStageId: "applicant-new",
      toStageIndex: step,
      updatedAt: 1767225600123 + step,
      userId: user,
    })),
    origin: "referred",
    sourcedBy: null,
    owner: user,
    followers: [user, user],
    applications: ["77c3f1d0-0b5a-4b5e-a4a6-9f1f5f3f2d18"],
    createdAt: 1767225600123,
    updatedAt: 1767312000789,
    lastInteractionAt: 1767312000456,
    lastAdvancedAt: 1767312000456,
    snoozedUntil: null,
    urls: { list: "https://hire.lever.co/candidates", show: `https://hire.lever.co/candidates/${id}` },
    isAnonymized: false,
    dataProtection: { store: { allowed: true, expiresAt: 1798761600000 }, contact: { allowed: false, expiresAt: null } },
    opportunityLocation: "Vienna",
  };
}
