import type { CSSVariablesResolver } from "@mantine/core";

/**
 * Where our look differs from what Mantine makes of the colours. Here and not in a style sheet: Mantine writes its own into the page
 * later, and the last one counts.
 */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f4f7f4",
    "--mantine-color-dimmed": "#56645e",
    "--mantine-color-placeholder": "#68756f",
    "--mantine-color-error": "var(--mantine-color-brick-6)",
    "--page-doubt": "var(--mantine-color-amber-7)",
  },
  dark: {
    "--mantine-color-body": "#101715",
    "--mantine-color-dimmed": "#9aaba4",
    "--mantine-color-placeholder": "#8b9a94",
    "--mantine-color-error": "var(--mantine-color-brick-3)",
    "--page-doubt": "var(--mantine-color-amber-4)",
    // Tinted parts stand out from the cards they lie on.
    ...tint("sea", "79 174 156", "#8fd6c6"),
    ...tint("amber", "242 177 52", "#f6c552"),
    ...tint("brick", "225 100 79", "#f2b3a8"),
    ...tint("gray", "176 188 182", "#d0d9d4"),
  },
});

function tint(name: string, rgb: string, text: string): Record<string, string> {
  return {
    [`--mantine-color-${name}-light`]: `rgb(${rgb} / 18%)`,
    [`--mantine-color-${name}-light-hover`]: `rgb(${rgb} / 26%)`,
    [`--mantine-color-${name}-light-color`]: text,
  };
}
