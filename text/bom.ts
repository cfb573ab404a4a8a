/** A text without the byte order mark that some editors put in front of it. */
export function withoutBom(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
