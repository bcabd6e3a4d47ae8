/**
 * The name that was probably meant: the one with the fewest letters to change, add, leave out or swap, where that is
 * at most a quarter of them, and at most four. Capitals and the difference of - and _ do not count.
 *
 * @returns undefined where none comes near
 */
export function nearest(written: string, names: Iterable<string>): string | undefined {
  const plain = (name: string) => name.toLowerCase().replaceAll('_', '-')
  let best: string | undefined
  // Of a single letter, another one is nothing that was meant.
  let least = Math.min(written.length, Math.max(1, Math.floor(Math.min(written.length, 16) / 4)) + 1)
  for (const name of names) {
    const changes = changesBetween(plain(written), plain(name), least)
    if (changes < least) {
      best = name
      least = changes
    }
  }
  return best
}

/** Optimal string alignment distance; `most` where it is at least that. */
function changesBetween(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most
  let [older, old]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min(old[j]! + 1, row[j - 1]! + 1, old[j - 1]! + (same ? 0 : 1))
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwapped) least = Math.min(least, older[j - 2]! + 1)
      row.push(least)
    }
    older = old
    old = row
  }
  return Math.min(old[b.length]!, most)
}

/** ` Did you mean x?` where a name comes near, else which there are; for the end of a message. */
export function meant(written: string, names: readonly string[], none = 'There are none yet.'): string {
  const near = nearest(written, names)
  if (near !== undefined) return `Did you mean ${near}?`
  return names.length === 0 ? none : `There ${names.length === 1 ? 'is' : 'are'} ${enumerated(names)}.`
}

/** `a, b and c`; of many, the first twenty. */
export function enumerated(names: readonly string[], last = 'and'): string {
  if (names.length > 20) return `${names.slice(0, 20).join(', ')} ${last} ${names.length - 20} more`
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`
}
