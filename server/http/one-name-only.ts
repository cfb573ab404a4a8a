import type { RequestHandler } from "express";

const THIS_MACHINE = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Sends a browser that uses another name of this machine to the one in `publicUrl`: cookies know one name alone, and a consent comes back to
 * that one, where a person signed in under the other would not be signed in.
 */
export function oneNameOnly(publicUrl: string): RequestHandler {
  const ours = new URL(publicUrl);
  if (!THIS_MACHINE.has(ours.hostname)) return (_req, _res, next) => next();
  return (req, res, next) => {
    const address = `http://${req.headers.host}`;
    const asked = URL.canParse(address) ? new URL(address) : ours;
    const isOther = asked.hostname !== ours.hostname && asked.port === ours.port && THIS_MACHINE.has(asked.hostname);
    const isVisit = req.method === "GET" && req.accepts(["json", "html"]) === "html" && req.originalUrl.startsWith("/");
    if (!isOther || !isVisit) return next();
    res.set("Cache-Control", "no-store").redirect(307, ours.origin + req.originalUrl);
  };
}
