import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

const BUILT = join(import.meta.dirname, "../../.cache/dashboard");
const assets = readdirSync(join(BUILT, "assets"));

it("loads the mapping language with the editor of workflows alone", () => {
  const scripts = assets.filter((name) => name.endsWith(".js"));
  const codeOf = (name: string) => readFileSync(join(BUILT, "assets", name), "utf8");
  const importsOf = (name: string) =>
    [...codeOf(name).matchAll(/(?:from|import)\s*["']\.\/([\w-]+\.js)["']/g)].map(([, next = ""]) => next);
  const withImports = (name: string): readonly string[] => {
    const found = new Set([name]);
    for (const one of found) for (const next of importsOf(one)) found.add(next);
    return [...found];
  };
  const holdsLanguage = (page: string) => withImports(page).some((name) => codeOf(name).includes("ownPropertyOnly"));
  const pages = scripts.filter((name) => /^\w+-page-/.test(name));
  expect(pages.length).toBeGreaterThan(9);
  expect(pages.filter(holdsLanguage)).toEqual([expect.stringMatching(/^workflow-page-/)]);
});

it("holds nothing but files that are served under a strict policy: no inline script, no address elsewhere", () => {
  const page = readFileSync(join(BUILT, "index.html"), "utf8");
  expect(page.match(/<script(?![^>]*\ssrc="\.\/assets\/)/g)).toBeNull();
  expect(page).not.toMatch(/<style|\son\w+=|https?:\/\//);
  expect(assets.filter((name) => name.endsWith(".map"))).toEqual([]);
});

it("comes with the licence of everything it is made of, fonts included", () => {
  const texts = readFileSync(join(BUILT, "licences.txt"), "utf8");
  for (const name of ["react", "react-dom", "@mantine/core", "@tabler/icons-react", "@rjsf/core", "wouter", "liquidjs", "croner"])
    expect(texts).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
  for (const font of ["figtree", "jetbrains-mono"]) {
    const ofFont = texts.slice(texts.indexOf(`@fontsource-variable/${font} `)).split("-".repeat(80))[0];
    expect(ofFont).toContain("SIL OPEN FONT LICENSE Version 1.1");
  }
  // No package is named without a text, but for those whose licence asks for none.
  const parts = texts.split(`\n${"-".repeat(80)}\n\n`).filter((text) => text.trim().split("\n").length < 8);
  expect(parts.map((text) => text.split("\n")[0])).toEqual([expect.stringMatching(/^wouter .* \(Unlicense\)$/)]);
});
