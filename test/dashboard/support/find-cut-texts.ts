import type { Page } from "playwright-core";

/**
 * Texts of a page of which next to nothing is seen, because their box is too small for them: axe does not look for it. What is out of sight
 * altogether (folded, scrolled away, for screen readers only) is left out.
 */
export async function findCutTexts(page: Page): Promise<string[]> {
  return page.evaluate(IN_PAGE);
}

/** A text that is cut keeps 40 pixels of itself: less can be read by nobody. */
const IN_PAGE = `(() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    const holder = node.parentElement;
    if (text === "" || !holder.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const { width } = range.getBoundingClientRect();
    for (let box = holder; box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      const visible = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (/auto|scroll/.test(style.overflowX) || box.clientWidth === 1) break;
      if (style.overflowX === "visible" || box.clientWidth === 0) continue;
      if (visible < Math.min(width, 40) - 1) found.push(text);
      break;
    }
  }
  return found;
})()`;
