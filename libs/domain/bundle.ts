import type { Outcome } from './outcome.ts'
import { completionOf } from './rules/reward.ts'
import type { Subject } from './subject.ts'

/** A bundle that a mission gave, as it stands, with whose it is. */
export interface BundleAward extends Pick<Outcome, 'rule' | 'occurrence' | 'at' | 'receipt'> {
  readonly customerId: number
  readonly subjects: readonly Subject[]
  /** From 1. */
  readonly revision: number
  /** False once a correction has taken it back. */
  readonly live: boolean
}

/** A record of the topic of rewards: text. */
export interface RewardRecord {
  /** What is told of one customer keeps its order. */
  readonly key: string
  readonly value: string
}

/**
 * What tells whoever delivers bundles of one. Its award and its revision tell a record from one that is written twice,
 * and from a later word about the same bundle.
 */
export function rewardRecord(bundle: BundleAward): RewardRecord {
  const { customerId, rule, occurrence, revision, live, subjects, receipt, at } = bundle
  return {
    key: String(customerId),
    value: JSON.stringify({
      award: `${customerId}/${rule}/${occurrence}`,
      revision,
      revoked: !live,
      customer_ids: subjects.map(({ value }) => value),
      mission: rule,
      bundle: receipt.bundle,
      occurrence: completionOf(occurrence),
      at: new Date(at).toISOString(),
    }),
  }
}
