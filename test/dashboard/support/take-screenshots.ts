import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";

export const ARTIFACTS = join(import.meta.dirname, "../../.artifacts");
/** Pictures prove nothing and take a third of the time: for people to look at, and for CI to keep. */
const ARE_WANTED = process.env.PICTURES === "on";
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };

/**
 * Pictures of a page as it is now, in both themes, wide and as on a telephone, into `test/.artifacts/` (kept by CI): `<name>-light.png`,
 * `<name>-dark.png`, `<name>-light-narrow.png`, `<name>-dark-narrow.png`; only with `PICTURES=on`. The page is left wide and light.
 */
export async function takeScreenshots(page: Page, name: string): Promise<void> {
  if (!ARE_WANTED) {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.setViewportSize(WIDE);
    return;
  }
  mkdirSync(ARTIFACTS, { recursive: true });
  // Behind a dialog the page is not scrolled: what is out of sight would be drawn without its shade.
  const fullPage = (await page.getByRole("dialog").count()) === 0;
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [suffix, size] of [
      ["-narrow", NARROW],
      ["", WIDE],
    ] as const) {
      await page.setViewportSize(size);
      await page.screenshot({
        path: join(ARTIFACTS, `${name}-${colorScheme}${suffix}.png`),
        fullPage,
        animations: "disabled",
      });
    }
  }
}

/** By how much a page is wider than the window, in pixels; asked at the narrowest width that pages are made for. */
export async function overflowWhenNarrow(page: Page, width = 360): Promise<number> {
  const before = page.viewportSize() ?? WIDE;
  await page.setViewportSize({ width, height: 800 });
  // The frame moves into its new place.
  await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
  const overflow = (await page.evaluate("document.documentElement.scrollWidth - innerWidth")) as number;
  await page.setViewportSize(before);
  return overflow;
}
