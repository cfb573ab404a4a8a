/** Accents of Latin, Greek and Cyrillic letters, once they are taken apart; the iota subscript is a letter. Marks of other scripts make another letter. */
const ACCENTS = /[\u0300-\u0344\u0346-\u036f]/g;
/** Soft hyphens, joiners, variation selectors, fillers: what is invisible, and not typed when searching. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const BLANKS = /\s+/g;
const PLAIN = /^[ -~]*$/;

/**
 * The form of a text in which a search compares: without case, accents, width, ligatures, invisible characters and the way its
 * letters are composed. `Straße`, `STRASSE` and `strasse` are one, so are `Café` and `cafe`, `İstanbul` and `istanbul`, `ＡＢＣ` and `abc`.
 *
 * Only for comparing: nothing folded is ever shown or saved.
 */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase().replace(BLANKS, " ");
  return caseless(text.normalize("NFKD").replace(INVISIBLE, "").replace(ACCENTS, "")).replace(BLANKS, " ").normalize("NFC");
}

/**
 * A test whether one of several texts contains what is searched for. An empty search finds everything.
 *
 * @example options.filter(((found) => ({ label, detail }) => found(label, detail))(createSearch("cafe")))
 */
export function createSearch(search: string): (...texts: readonly (string | undefined)[]) => boolean {
  const wanted = fold(search).trim();
  if (wanted === "") return () => true;
  return (...texts) => texts.some((text) => text !== undefined && fold(text).includes(wanted));
}

/** Upper case spells out what has no single capital (ß, ﬁ); a sigma has two small forms, and toLowerCase chooses by its neighbours. */
function caseless(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}
