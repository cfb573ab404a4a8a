import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "@jest/globals";

const BUILT = join(import.meta.dirname, "../../.cache/dashboard");
const assets = readdirSync(join(BUILT, "assets"));

it("is at most 350 kB of JavaScript, compressed, with a part for each page", () => {
  const scripts = assets.filter((name) => name.endsWith(".js"));
  const kilobytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(BUILT, "assets", name))).length, 0) / 1000;
  expect(kilobytes).toBeLessThanOrEqual(350);
  for (const page of ["marketplace", "listing", "credentials", "credential", "operations", "settings"])
    expect(scripts.some((name) => name.startsWith(`${page}-page-`))).toBe(true);
});

it("holds nothing but files that are served under a strict policy: no inline script, no address elsewhere", () => {
  const page = readFileSync(join(BUILT, "index.html"), "utf8");
  expect(page.match(/<script(?![^>]*\ssrc="\/assets\/)/g)).toBeNull();
  expect(page).not.toMatch(/<style|\son\w+=|https?:\/\//);
  expect(assets.filter((name) => name.endsWith(".map"))).toEqual([]);
});
