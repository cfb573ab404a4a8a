/** What a run has left, to preview with: by step id, and what started it. */
export interface SampleValues {
  readonly trigger: unknown;
  readonly steps: Readonly<Record<string, unknown>>;
}
