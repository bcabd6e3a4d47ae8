import type { Definition } from './definition.ts'
import type { Document, Mistake } from './document.ts'
import type { Force } from './force.ts'
import { canonicalJson } from './json.ts'
import { parseTimestamp } from './timestamp.ts'
import type { WalletRule } from './wallet.ts'
import type { Zone } from './zone.ts'

/** The lists of a program in which everything has an id. */
export const LISTS = [
  'scores',
  'attributes',
  'segments',
  'eligibility',
  'points',
  'badges',
  'missions',
  'tiers',
  'leaderboards',
  'challenges',
  'aliases',
] as const

/** One entry of a program's lists as it was written, for comparing what was published with what is to be. */
export interface Entry extends Force {
  readonly list: 'wallets' | (typeof LISTS)[number]
  readonly id: string
  /** Its canonical JSON, without the time it is in force. */
  readonly text: string
  readonly countsHistory: boolean
  readonly skipsErrors: boolean
  /** Whether it follows a score, also before it is in force. */
  readonly watches: boolean
}

/** What a rule says of the time it is in force, and of its errors. */
export interface WrittenForce {
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly counts?: 'history' | undefined
  readonly onError?: 'skip' | undefined
}

/** When a rule is in force: Unix ms, what is wrong with it among the mistakes. */
export function inForce(
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

/** Everything that a program holds, as it was written. To be called once its rules are known to be right. */
export function entriesOf(
  document: Document<Definition>,
  wallets: Iterable<WalletRule>,
  zone: Zone,
): readonly Entry[] {
  const always = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
  const plain = { ...always, countsHistory: false, skipsErrors: false, watches: false }
  return [
    ...[...wallets].map((wallet): Entry => {
      return { list: 'wallets', id: wallet.id, text: canonicalJson(wallet), ...plain }
    }),
    ...LISTS.flatMap((list) =>
      document.content[list].map((written, i): Entry => {
        const { from: _, until: __, counts, onError, ...rest } = written as typeof written & WrittenForce
        return {
          list,
          id: rest.id,
          text: canonicalJson(rest),
          ...inForce(document, written as WrittenForce, [list, i], zone, []),
          countsHistory: counts === 'history',
          skipsErrors: onError === 'skip',
          watches: 'kind' in rest && rest.kind === 'band',
        }
      }),
    ),
  ]
}
