/** A query without what is empty: that asks for nothing. */
export function given<Query extends object>(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== "")) as Query;
}
