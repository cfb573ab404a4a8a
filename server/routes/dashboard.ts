import { type Request, type RequestHandler, type Response, Router } from "express";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { Dashboard } from "../dashboard.ts";
import { methodNotAllowed } from "../http/api.ts";
import { chooseEncoding } from "../http/fixed-body.ts";
import { notBuiltPage } from "../pages/dashboard.ts";
import { sendPage } from "./pages.ts";

/** What no page of the dashboard is called: files, and what lies in the rooms of programs. */
const PAGE = /^(?!\/(?:api|assets|oauth)(?:\/|$))(?:\/|(?:\/[\w%~:-]+)+\/?)$/;

/**
 * The dashboard's page and files. They hold no data and are public: what is shown comes from the API, by session. The page is at every address
 * that nothing else answers, for it knows its own addresses, and says so where it shows nothing.
 */
export function createDashboardRoutes(dashboard: Dashboard): Router {
  const router = Router({ caseSensitive: true, strict: true });
  get(router, "/assets/:file", sendAsset);
  get(router, PAGE, sendDashboard);
  return router;

  function sendDashboard(req: Request, res: Response): void {
    // A program that has mistyped an address is not sent a page.
    if (req.path !== "/" && !req.get("accept")?.includes("text/html"))
      throw new ConnectorError("not_found", "There is nothing at this address");
    // People type addresses, and put a slash at their end.
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
    const encoding = asset.isCompressible ? chooseEncoding(req) : "identity";
    const body = await asset.body(encoding);
    // Each build gives changed files new names.
    res.set("Cache-Control", "public, max-age=31536000, immutable").type(asset.extension);
    if (asset.isCompressible) res.vary("Accept-Encoding");
    if (encoding !== "identity") res.set("Content-Encoding", encoding);
    res.send(body);
  }
}

function get(router: Router, path: string | RegExp, handler: RequestHandler): void {
  router
    .route(path)
    .get(handler)
    .all(methodNotAllowed(["GET"]));
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
