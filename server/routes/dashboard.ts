import { type Request, type RequestHandler, type Response, Router } from "express";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { Asset, Dashboard, Encoding } from "../dashboard.ts";
import { methodNotAllowed } from "../http/api.ts";
import { notBuiltPage } from "../pages/dashboard.ts";
import { sendPage } from "./pages.ts";

/** Addresses at which the dashboard shows something; it finds out by itself what. */
const PAGES = [
  "/",
  "/marketplace",
  "/marketplace/:connector",
  "/credentials",
  "/credentials/:id",
  "/operations",
  "/operations/:operation",
  "/settings",
  "/settings/:section",
];

/** The dashboard's page and files. They hold no data and are public: what is shown comes from the API, by session. */
export function createDashboardRoutes(dashboard: Dashboard): Router {
  const router = Router({ caseSensitive: true, strict: true });
  // People type addresses, and put a slash at their end.
  const pages = Router({ caseSensitive: true, strict: false });
  for (const path of PAGES) get(pages, path, sendDashboard);
  get(router, "/assets/:file", sendAsset);
  router.use(pages);
  return router;

  function sendDashboard(req: Request, res: Response): void {
    const [path = "", query] = req.originalUrl.split(/(?=\?)/);
    if (req.path !== "/" && path.endsWith("/")) {
      res.redirect(308, path.slice(0, -1) + (query ?? ""));
      return;
    }
    const page = dashboard.page();
    if (page === undefined) sendPage(res, notBuiltPage(), 503);
    else res.set("Content-Security-Policy", policy(page.nonce)).set("Cache-Control", "no-store").type("html").send(page.html);
  }

  async function sendAsset(req: Request, res: Response): Promise<void> {
    const asset = dashboard.asset(String(req.params.file));
    if (asset === undefined) throw new ConnectorError("not_found", "There is nothing at this address");
    const encoding = chooseEncoding(req, asset);
    const body = await asset.body(encoding);
    // Each build gives changed files new names.
    res.set("Cache-Control", "public, max-age=31536000, immutable").type(asset.extension);
    if (asset.isCompressible) res.vary("Accept-Encoding");
    if (encoding !== "identity") res.set("Content-Encoding", encoding);
    res.send(body);
  }
}

function get(router: Router, path: string, handler: RequestHandler): void {
  router
    .route(path)
    .get(handler)
    .all(methodNotAllowed(["GET"]));
}

/** Asked for one by one: browsers name gzip first, although they take both. */
function chooseEncoding(req: Request, { isCompressible }: Asset): Encoding {
  if (!isCompressible) return "identity";
  if (req.acceptsEncodings("br")) return "br";
  return req.acceptsEncodings("gzip") ? "gzip" : "identity";
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
