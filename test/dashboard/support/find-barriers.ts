import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

/** What keeps people from using a page, as axe finds it: what is serious or worse, in words. */
export async function findBarriers(page: Page): Promise<string[]> {
  return find(axe(page));
}

/** The same in both themes. The dark one is looked at for its colours alone: everything else is the same page. The page is left light. */
export async function findBarriersInBothThemes(page: Page): Promise<string[]> {
  await show(page, "dark");
  const dark = await find(axe(page).withRules("color-contrast"));
  await show(page, "light");
  const light = await find(axe(page));
  return [...dark.map((barrier) => `dark: ${barrier}`), ...light.map((barrier) => `light: ${barrier}`)];
}

/** Colours that are still on their way to the other theme have the contrast of neither. */
async function show(page: Page, colorScheme: "dark" | "light"): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.evaluate("new Promise(requestAnimationFrame)");
  await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
}

/** No page has frames, and nobody reads what is fine: looking at both takes three quarters of the time. */
function axe(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
}

async function find(builder: AxeBuilder): Promise<string[]> {
  const { violations } = await builder.analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target}: ${failureSummary}`));
}
