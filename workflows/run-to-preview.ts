/** The run to preview with, of those there are: the newest that succeeded, else the newest. */
export function runToPreview<Run extends { readonly status: string }>(newestFirst: readonly Run[]): Run | undefined {
  return newestFirst.find(({ status }) => status === "succeeded") ?? newestFirst[0];
}
