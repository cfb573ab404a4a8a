/** What is wrong with a name: a keyword of JSON Schema, and words that follow the field's name ("must not be empty"). */
export interface NameFault {
  readonly keyword: "minLength" | "maxLength" | "pattern";
  readonly message: string;
}

/** Code points, as JSON Schema counts. */
const LONGEST = 100;
/** The joiners and selectors that emoji are made with: 👩‍👩‍👧 holds two joiners, ❤️ and 1️⃣ a selector. */
const OF_EMOJI =
  /(?<=\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})\ufe0f|(?<=[0-9#*])\ufe0f(?=\u20e3)/gu;
/**
 * What cannot be seen, or told from something else: controls, invisible and unassigned characters, blanks other than the space, the
 * blank of Braille.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;

/** A name as it is saved and looked up: composed, without blanks around it. */
export function toName(text: string): string {
  return text.normalize("NFC").trim();
}

/**
 * What is wrong with a name that a person gives to something, after `toName`; undefined where nothing is. Asked only where a name is
 * given: those that are saved already keep working.
 *
 * @param idPrefix - how the ids of what is named begin; a name that begins so could be taken for an id
 */
export function nameFault(name: string, { idPrefix }: { idPrefix: string }): NameFault | undefined {
  if (name === "") return { keyword: "minLength", message: "must not be empty" };
  if ([...name].length > LONGEST) return { keyword: "maxLength", message: `must be at most ${LONGEST} characters` };
  const unseen = UNSEEN.exec(name.replace(OF_EMOJI, ""))?.[0];
  if (unseen !== undefined)
    return { keyword: "pattern", message: `must not hold control or invisible characters (${codePoint(unseen)})` };
  if (name.includes("  ")) return { keyword: "pattern", message: "must not hold two spaces in a row" };
  if (name.toLowerCase().startsWith(idPrefix))
    return { keyword: "pattern", message: `must not begin with ${idPrefix}, as ids do` };
  return undefined;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
