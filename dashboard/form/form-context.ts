/** What fields need to know beyond their schema; the form passes it on as `formContext`. */
export interface FormContext {
  /** Whose pick lists are offered; undefined until a credential is chosen. */
  readonly credential: string | undefined;
}
