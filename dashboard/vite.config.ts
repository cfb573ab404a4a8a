import { join } from "node:path";
import { defineConfig } from "vite";
import { bundledLicences } from "./bundled-licences.ts";

/** Builds the dashboard into dist/dashboard: one entry, a chunk per page. The server fills in the nonce and sends the policy. */
export default defineConfig({
  root: import.meta.dirname,
  // Files find each other relative to where they are; the page gets its path from the server, which may lie below one.
  base: "./",
  resolve: {
    // Parts of the form library that ours has no use for, together a sixth of the page: it can draw descriptions as Markdown (ours are
    // plain), and looks for schemas by address (ours come with every reference resolved).
    alias: {
      "markdown-to-jsx/react": join(import.meta.dirname, "form/plain-text.tsx"),
      "fast-uri": join(import.meta.dirname, "form/uri-resolver.ts"),
    },
  },
  plugins: [bundledLicences()],
  oxc: { jsx: { runtime: "automatic" } },
  build: {
    outDir: "../dist/dashboard",
    emptyOutDir: true,
    target: "es2022",
    // Inlined files would need `data:` in the policy for more than images.
    assetsInlineLimit: 0,
    // Its inline script would need a hash in the policy.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // What most pages share travels together: many small files compress worse, by a thirtieth.
      output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 4 }] } },
      // Mantine marks its files for React's server components; here everything runs in the browser.
      onLog: (level, log, tell) => log.code !== "MODULE_LEVEL_DIRECTIVE" && tell(level, log),
    },
  },
});
