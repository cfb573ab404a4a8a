import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { faultsOfPages } from "../../scripts/page-imports.ts";

const root = mkdtempSync(join(tmpdir(), "pages-"));
afterAll(() => rmSync(root, { recursive: true }));

const RULES = [
  { name: "pages-arrows", from: { path: "^pages/" }, to: { path: "^(pages|store|text)/", pathNot: ["^pages/", "^text"] } },
  { name: "elsewhere", from: { path: "^store/" }, to: { path: "^text/" } },
];

function faults(files: Record<string, string>): string[] {
  rmSync(root, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return faultsOfPages(root, "pages", RULES);
}

const OTHERS = { "store/store.ts": "", "text/fold.ts": "" };
const JSX = 'export const page = <p title="import(&quot;../store/store.ts&quot;)">from "../store/store.ts"</p>;';

describe("the imports of pages", () => {
  it("may be of what their room may import", () => {
    expect(
      faults({ ...OTHERS, "pages/a.tsx": `import { fold } from "../text/fold.ts";\nimport react from "react";\n${JSX}` }),
    ).toEqual([]);
  });

  it.each([
    'import { store } from "../store/store.ts";',
    'import type { Store } from "../store/store.ts";',
    'export * from "../store/store.ts";',
    'export { store } from "../store/store.ts";',
    'const later = () => import("../store/store.ts");',
  ])("may not be of another room, in whatever way: %s", (line) => {
    expect(faults({ ...OTHERS, "pages/deep/../a.tsx": `${line}\n${JSX}` })).toEqual([
      "pages-arrows: pages/a.tsx → store/store.ts",
    ]);
  });

  it("may not lead back to where they began, not even for a type", () => {
    const files = {
      "pages/a.tsx": `import { B } from "./b.tsx";\nexport interface Props {}\n${JSX}`,
      "pages/b.tsx": `import { c } from "./c.ts";\n${JSX}`,
      "pages/c.ts": 'import type { Props } from "./a.tsx";',
    };
    expect(faults(files)).toEqual(["no-circular: pages/a.tsx → pages/b.tsx → pages/c.ts → pages/a.tsx"]);
    expect(faults({ ...files, "pages/c.ts": "" })).toEqual([]);
  });
});
