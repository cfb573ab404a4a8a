import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Request, type Response } from "express";

export const QUILL_KEY = "quill-key-of-the-tests";

export interface Tag {
  readonly id: string;
  readonly name: string;
  readonly color: string | null;
  readonly parent_id: string | null;
}

export interface Quill {
  /** Where its API begins. */
  readonly api: string;
  /** What was asked of it, oldest first. */
  readonly seen: { readonly method: string; readonly url: string; readonly authorization: string; readonly body: unknown }[];
  /** What is there, in its order. */
  readonly tags: Tag[];
  close(): Promise<void>;
}

/** The service that the connector of test/fixtures/connectors/quill is for: a bearer key, numbered pages, errors of its own spelling. */
export async function startQuill(): Promise<Quill> {
  const tags: Tag[] = ["Archive", "Drafts", "Ideas", "Later", "Urgent"].map((name, at) => ({
    id: `tag_${at + 1}`,
    name,
    color: at % 2 === 0 ? "red" : "blue",
    parent_id: null,
  }));
  const seen: Quill["seen"] = [];
  const app = express().use(express.json());
  app.use((req, res, next) => {
    const authorization = req.get("authorization") ?? "";
    seen.push({ method: req.method, url: req.url, authorization, body: req.body });
    if (authorization === `Bearer ${QUILL_KEY}`) next();
    else refuse(res, 401, "unauthorized", "This key is not known.");
  });
  app.get("/v1/tags", (req: Request, res: Response) => {
    const [page, size] = [Number(req.query.page ?? 1), Number(req.query.per_page ?? 20)];
    const found = tags.filter(({ color }) => req.query.color === undefined || color === req.query.color);
    res.json({ data: found.slice((page - 1) * size, page * size), page, pages: Math.max(1, Math.ceil(found.length / size)) });
  });
  app.post("/v1/tags", (req: Request, res: Response) => {
    const { name, color = null, parent_id = null } = req.body as { name: string; color?: string; parent_id?: string };
    if (parent_id !== null && !tags.some(({ id }) => id === parent_id)) return refuse(res, 404, "no_such_tag", "No such tag.");
    const tag = { id: `tag_${tags.length + 1}`, name, color, parent_id };
    tags.push(tag);
    res.status(201).json({ data: tag });
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    tags,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refuse(res: Response, status: number, type: string, detail: string): void {
  res.status(status).json({ error: { type, detail } });
}
