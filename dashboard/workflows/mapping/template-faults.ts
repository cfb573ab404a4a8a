import { ExpressionError, parseTemplate } from "../../../workflows/expression.ts";

/** Why a text cannot be read as a template, in a sentence; undefined where it can. */
export function templateFault(text: string): string | undefined {
  try {
    parseTemplate(text);
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return `The expression ${error.message}.`;
    throw error;
  }
}

export function isTemplateWrong(text: string): boolean {
  return templateFault(text) !== undefined;
}
