import type { Definition } from './definition.ts'
import type { Document, Mistake } from './document.ts'
import { parseTimestamp } from './timestamp.ts'
import type { Zone } from './zone.ts'

/** When something of a program is in force. */
export interface Force {
  /** Unix ms; -Infinity where it counts all of history. */
  readonly from: number
  /** Unix ms; Infinity while it is open. */
  readonly until: number
}

/** Whether what happens at an instant (Unix ms) counts: from its beginning on, and no more from its end on. */
export function isInForce({ from, until }: Force, instant: number): boolean {
  return instant >= from && instant < until
}

/** What a rule says of the time it is in force, and of its errors. */
export interface WrittenForce {
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly counts?: 'history' | undefined
  readonly onError?: 'skip' | undefined
}

/** When a rule is in force: Unix ms, what is wrong with it among the mistakes. */
export function forceOf(
  document: Document<Definition>,
  rule: WrittenForce,
  path: readonly PropertyKey[],
  zone: Zone,
  mistakes: Mistake[],
): Force {
  const read = (name: 'from' | 'until', absent: number) => {
    const written = rule[name]
    if (written === undefined) return absent
    const instant = parseTimestamp(written, zone)?.instant
    if (instant === undefined) {
      const isDay = parseTimestamp(`${written}T00:00`, zone) !== undefined
      const hint = isDay ? `: write ${written}T00:00 for its beginning` : ''
      const expected = `expected a time such as 2026-12-01T00:00 (in ${zone.name}), got ${written}${hint}`
      mistakes.push(document.mistake([...path, name], expected))
    }
    return instant ?? absent
  }
  const [from, until] = [read('from', Number.NEGATIVE_INFINITY), read('until', Number.POSITIVE_INFINITY)]
  if (from >= until)
    mistakes.push(
      document.mistake([...path, 'until'], `expected a time after from (${rule.from}), got ${rule.until}`),
    )
  if (rule.counts && rule.from !== undefined) {
    mistakes.push(
      document.mistake([...path, 'from'], 'a rule that counts history has no from: leave one out'),
    )
  }
  return { from, until }
}
