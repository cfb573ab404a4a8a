/** The sample of a plain path, such as `steps.find.output.data.tags.first`. */
export function valueAtPath(values: unknown, path: string): unknown {
  let found = values;
  for (const name of path.match(/[\w-]+|\["[^"]*"\]/g) ?? []) {
    if (typeof found !== "object" || found === null) return undefined;
    if (Array.isArray(found) && name === "first") found = found[0];
    else {
      const field = name.startsWith("[") ? (JSON.parse(name.slice(1, -1)) as string) : name;
      found = Object.hasOwn(found, field) ? (found as Record<string, unknown>)[field] : undefined;
    }
  }
  return found;
}
