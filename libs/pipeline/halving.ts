/**
 * Finds which of many items a check does not survive, by halving: with one of them among n, it takes about
 * log2 n checks that fail, and one more for each that is found.
 *
 * @param survives whether a check of all these together comes back
 * @returns in their order; nothing where only several together do it
 */
export function findKillers<T>(
  items: readonly T[],
  survives: (some: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  return find(items, survives, false)
}

/** @param isGuilty whether it is known already that they do not survive together */
async function find<T>(
  items: readonly T[],
  survives: (some: readonly T[]) => Promise<boolean>,
  isGuilty: boolean,
): Promise<readonly T[]> {
  // Of one item alone it is always checked: those left out may have been a part of it.
  const isSure = isGuilty && items.length > 1
  if (items.length === 0 || (!isSure && (await survives(items)))) return []
  // One alone is checked twice: a machine that stands still for a moment must not put the blame on a harmless one.
  if (items.length === 1) return (await survives(items)) ? [] : items
  const middle = items.length >> 1
  const first = await find(items.slice(0, middle), survives, false)
  // Where the first half is harmless, it is the second one; else that may be harmless, too.
  return [...first, ...(await find(items.slice(middle), survives, first.length === 0))]
}
