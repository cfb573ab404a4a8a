import type { RequestHandler, Response } from "express";

/** The path that this server lies below, as browsers see it: "" or, for `https://example.com/connector`, `/connector`. */
export function basePathOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, "");
}

/**
 * Makes requests look the same whether the reverse proxy passes the base path on or takes it away: routes see the address without it,
 * `originalUrl` is the address with it.
 */
export function belowBasePath(base: string): RequestHandler {
  return (req, res, next) => {
    res.locals.basePath = base;
    if (base === "" || !req.url.startsWith("/")) return next();
    const rest = req.url.slice(base.length);
    if (req.url.startsWith(base) && /^(?:[/?]|$)/.test(rest)) req.url = rest.startsWith("/") ? rest : `/${rest}`;
    else req.originalUrl = base + req.url;
    next();
  };
}

/** Links of our own pages are written without the base path. What comes from outside is escaped there and holds no quotes. */
export function linksBelow(res: Response, page: string): string {
  return page.replace(/\b(href|action)="\//g, `$1="${res.locals.basePath}/`);
}
