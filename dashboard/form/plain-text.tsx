import type { ReactNode } from "react";

/** Stands in for `markdown-to-jsx/react` (vite.config.ts): shows text as it is. */
export function Markdown({ children }: { children?: ReactNode }) {
  return children;
}
