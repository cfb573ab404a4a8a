import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { createEncodings, type Encoding } from "./http/fixed-body.ts";

/** The dashboard as `npm run build` leaves it: one page, and the files that it loads. */
export interface Dashboard {
  /** The page with a nonce of its own for the styles that its scripts add; undefined where the dashboard was not built. */
  page(): { readonly html: string; readonly nonce: string } | undefined;
  /** A file of its `assets/`, by its exact name. */
  asset(name: string): Asset | undefined;
  /** The address of one of them, by what its name begins and ends with: each build puts something new in between. */
  find(begin: string, end: string): string | undefined;
}

export interface Asset {
  /** File name extension, with the dot. */
  readonly extension: string;
  readonly isCompressible: boolean;
  /** Compressed once, when it is asked for first. */
  body(encoding: Encoding): Promise<Buffer>;
}

interface Build {
  /** The page, cut where the nonce belongs. */
  readonly parts: readonly string[];
  readonly assets: ReadonlyMap<string, Asset>;
}

const NONCE = "__CSP_NONCE__";
const BASE_PATH = "__BASE_PATH__";
const TEXT = new Set([".js", ".css", ".html", ".svg", ".json", ".map", ".txt"]);

/**
 * Takes the whole build into memory: page and files stay those of one build, whatever happens to the folder, and no request names a
 * path. Where there is no build it looks again with each request, so that a later build is found.
 */
export function createDashboard(folder: string, basePath = ""): Dashboard {
  let build = read(folder, basePath);
  const known = () => {
    build ??= read(folder, basePath);
    return build;
  };
  return {
    page() {
      const nonce = randomBytes(16).toString("base64");
      const html = known()?.parts.join(nonce);
      return html === undefined ? undefined : { html, nonce };
    },
    asset: (name) => known()?.assets.get(name),
    find(begin, end) {
      const name = [...(known()?.assets.keys() ?? [])].find((one) => one.startsWith(begin) && one.endsWith(end));
      return name === undefined ? undefined : `${basePath}/assets/${name}`;
    },
  };
}

function read(folder: string, basePath: string): Build | undefined {
  const html = unlessMissing(() => readFileSync(join(folder, "index.html"), "utf8"));
  if (html === undefined) return undefined;
  const assets = join(folder, "assets");
  const files = unlessMissing(() => readdirSync(assets, { withFileTypes: true })) ?? [];
  const named = files.filter((file) => file.isFile()).map(({ name }) => [name, toAsset(join(assets, name))] as const);
  const page = html.replaceAll(BASE_PATH, basePath).replace(/"\.?\/assets\//g, `"${basePath}/assets/`);
  return { parts: page.split(NONCE), assets: new Map(named) };
}

function toAsset(file: string): Asset {
  const extension = extname(file);
  return { extension, isCompressible: TEXT.has(extension), body: createEncodings(readFileSync(file)) };
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
