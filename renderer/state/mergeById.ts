// Two lists of things with ids as one. Pure.

/** The items of both lists; where an id is in both, the item of the second. */
export function mergeById<Item extends { id: string }>(known: readonly Item[], newer: readonly Item[]): Item[] {
  const ids = new Set(newer.map(({ id }) => id));
  return [...known.filter(({ id }) => !ids.has(id)), ...newer];
}
