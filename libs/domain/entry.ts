import type { Definition } from './definition.ts'
import type { Document } from './document.ts'
import { type Force, forceOf, type WrittenForce } from './force.ts'
import { canonicalJson } from './json.ts'
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
          ...forceOf(document, written as WrittenForce, [list, i], zone, []),
          countsHistory: counts === 'history',
          skipsErrors: onError === 'skip',
          watches: 'kind' in rest && rest.kind === 'band',
        }
      }),
    ),
  ]
}
