import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** Where the texts lie in the build. */
const LICENCES_FILE = "licences.txt";

const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const TEXT_FILE = /^(licen[cs]e|copying|ofl)([.-].*)?$/i;

/** Licences that ask for no copy of themselves. */
const ASKS_NOTHING = new Set(["0BSD", "CC0-1.0", "Unlicense"]);

/**
 * Puts the licence of every package that the build holds something of into one file beside it: the licences require that (MIT, OFL). Created again
 * with each build from what is really in it.
 *
 * A package that only names MIT in its package.json gets the text of that licence with its author.
 *
 * @throws Error where a package comes without the text of another licence
 */
export function bundledLicences(): Plugin {
  return {
    name: "bundled-licences",
    generateBundle() {
      const folders = new Set(
        [...this.getModuleIds()].flatMap((id) => PACKAGE.exec(id.replaceAll("\\", "/").replace(/^\0/, "")) ?? []),
      );
      const texts = [...folders].map(licenceOf).sort();
      this.emitFile({ type: "asset", fileName: LICENCES_FILE, source: [...new Set(texts)].join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
}

function licenceOf(folder: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageFile;
  const files = readdirSync(folder).filter((file) => TEXT_FILE.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (texts.length === 0 && license === "MIT")
    texts.push(mit((typeof author === "string" ? author : author?.name) ?? `the authors of ${name}`));
  if (texts.length === 0 && !ASKS_NOTHING.has(license))
    throw new Error(`${name}@${version} (${license}) comes without the text of its licence`);
  return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
}

/** https://spdx.org/licenses/MIT.html */
function mit(holder: string): string {
  return `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}
