import type { ShownRun } from "../../workflows/preview.ts";

/** Data to preview with: of the last test of this page, and of the last run. */
export interface SampleValues {
  readonly test: TestValues | undefined;
  readonly run: ShownRun | undefined;
}

/** What a test has left: by step id, and what started it. */
export interface TestValues {
  readonly trigger: unknown;
  readonly steps: Readonly<Record<string, unknown>>;
}
