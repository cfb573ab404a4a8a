import axe from "axe-core";
import type { Page } from "playwright-core";

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[];
}

/** What axe is asked for: everything, or certain rules only. */
type Rules = readonly string[] | undefined;

/** What keeps people from using a page, as axe finds it: what is serious or worse, in words. */
export async function findBarriers(page: Page): Promise<string[]> {
  return find(page);
}

/** The same in both themes. The dark one is looked at for its colours alone: everything else is the same page. The page is left light. */
export async function findBarriersInBothThemes(page: Page): Promise<string[]> {
  await show(page, "dark");
  const dark = await find(page, ["color-contrast"]);
  await show(page, "light");
  const light = await find(page);
  return [...dark.map((barrier) => `dark: ${barrier}`), ...light.map((barrier) => `light: ${barrier}`)];
}

/** Whether the styles of a page keep it from being turned, which is asked of the styles and not of what is shown: once for each page is enough. */
export async function findBarriersOfStyles(page: Page): Promise<string[]> {
  return find(page, ["css-orientation-lock"]);
}

/** Colours that are still on their way to the other theme have the contrast of neither. */
async function show(page: Page, colorScheme: "dark" | "light"): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.evaluate("new Promise(requestAnimationFrame)");
  await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
}

async function find(page: Page, rules?: Rules): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  // The path to an element takes long to find for every element that is fine: it is asked for where something is not.
  const found = await violations(page, rules, { selectors: false });
  return found.length === 0 ? [] : (await violations(page, rules, {})).flatMap(inWords);
}

async function violations(page: Page, rules: Rules, options: { selectors?: boolean }): Promise<readonly Violation[]> {
  const found = await page.evaluate(
    ({ rules, options }) => {
      const { axe } = globalThis as unknown as {
        axe: { run(of: unknown, options: unknown): Promise<{ violations: Violation[] }> };
      };
      const { document } = globalThis as unknown as { document: unknown };
      // Of the two rules left out one reads every style sheet (see findBarriersOfStyles), and what the other finds is never serious.
      const which = rules
        ? { runOnly: rules, preload: true }
        : { rules: { "css-orientation-lock": { enabled: false }, region: { enabled: false } }, preload: false };
      return axe.run(document, { resultTypes: ["violations"], ...which, ...options }).then(({ violations }) => violations);
    },
    { rules, options },
  );
  return found.filter(({ impact }) => impact === "serious" || impact === "critical");
}

function inWords({ id, help, nodes }: Violation): string[] {
  return nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${String(target)}: ${failureSummary}`);
}
