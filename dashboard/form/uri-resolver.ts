/** Stands in for `fast-uri` (vite.config.ts): the browser resolves addresses by itself. */
export default {
  resolve: (base: string, reference: string) => (URL.canParse(reference, base) ? new URL(reference, base).href : reference),
  equal: (one: string, other: string) => one === other,
};
