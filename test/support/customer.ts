import type { Recorded } from '#domain/correction.ts'
import type { GameState } from '#domain/fold.ts'
import type { ScoreState } from '#domain/score.ts'
import { audit } from '#pipeline/audit.ts'
import { type KnownCustomer, lookUpCustomer } from '#pipeline/customer.ts'
import { awardsOf, ledgerSums } from '#store/awards.ts'
import { checkpointsOf } from '#store/checkpoints.ts'
import { standingsOf } from '#store/standings.ts'
import { customerStates } from '#store/states.ts'
import type { TestPipeline } from './pipeline.ts'

/** What is stored of one customer. */
export interface StoredCustomer extends KnownCustomer {
  readonly game: GameState
  readonly scores: ScoreState
  /** `rule/occurrence` of each award that stands. */
  readonly live: readonly string[]
  readonly awards: readonly Recorded[]
  /** The sum of the ledger by wallet, in whole points. */
  readonly ledger: Readonly<Record<string, number>>
  /** `board period total`, of those above zero, in whole points. */
  readonly standings: readonly string[]
  readonly checkpoints: readonly GameState[]
}

export async function storedCustomer(pipeline: TestPipeline, id: string): Promise<StoredCustomer> {
  const { sql } = pipeline.database
  const customer = await lookUpCustomer(sql, pipeline.sources, id)
  if ('unknown' in customer) throw new Error(customer.unknown)
  const { customerId } = customer
  const awards = await awardsOf(sql, [customerId])
  const standings = await standingsOf(sql, [customerId])
  const sums = Object.entries(await ledgerSums(sql, customerId))
  return {
    ...customer,
    ...(await customerStates(sql, customerId))!,
    awards,
    live: awards
      .filter(({ live }) => live)
      .map(({ rule, occurrence }) => `${rule}/${occurrence}`)
      .sort(),
    ledger: Object.fromEntries(sums.map(([wallet, sum]) => [wallet, sum / 10_000])),
    standings: standings
      .filter(({ total }) => total !== 0)
      .map(({ board, period, total }) => `${board} ${period} ${total / 10_000}`)
      .sort(),
    checkpoints: await checkpointsOf(sql, customerId),
  }
}

/** The differences that an audit of everyone finds; nobody may be on their way any more. */
export async function drift({ database, programs }: TestPipeline) {
  const { differences, skipped } = await audit({ database, programs }, 'all')
  return skipped === 0 ? differences : [{ skipped }]
}
