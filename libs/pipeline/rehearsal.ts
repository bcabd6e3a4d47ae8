import type { Batch } from '#domain/message.ts'
import type { Sources } from '#domain/source.ts'
import type { Database } from '#store/database.ts'
import { eventFingerprints } from '#store/events.ts'
import { latestHorizon } from '#store/horizons.ts'
import { deliveriesOf, type Prepared, prepare } from './delivery.ts'
import { fingerprintOf } from './identity.ts'
import { failedBefore, isResend, type Verdict } from './normalization.ts'

/**
 * Tells what recording would make of batches, and writes nothing: not even in a transaction that is rolled
 * back, which would hold up whoever records the same events meanwhile. Only an event that PostgreSQL itself
 * would refuse passes for a new one.
 */
export class Rehearsal {
  readonly #database: Database
  readonly #sources: Sources
  /** What would be stored by now, besides what is: fingerprints by identity. */
  readonly #accepted = new Map<string, string>()

  constructor(database: Database, sources: Sources) {
    this.#database = database
    this.#sources = sources
  }

  /** What would become of each message, in their order. */
  async record(batch: Batch): Promise<readonly Verdict['status'][]> {
    const { sql } = this.#database
    const horizon = (await latestHorizon(sql))?.at
    const deliveries = deliveriesOf(batch, this.#sources)
    const before = await failedBefore(sql, { ...batch, deliveries })
    const prepared = deliveries.map((delivery) => prepare(delivery, this.#sources, horizon))
    const stored = await eventFingerprints(
      sql,
      prepared.flatMap((each) => ('identity' in each ? [each.identity] : [])),
    )
    return prepared.map((each) =>
      before.get(each.delivery)?.event ? 'duplicate' : this.#statusOf(each, stored),
    )
  }

  #statusOf(prepared: Prepared, stored: ReadonlyMap<string, string>): Verdict['status'] {
    if ('rejection' in prepared) return 'failed'
    const { identity, normal } = prepared
    const known = stored.get(identity) ?? this.#accepted.get(identity)
    if (known !== undefined) return isResend(normal, known) ? 'duplicate' : 'failed'
    this.#accepted.set(identity, fingerprintOf(normal.fingerprint))
    return 'accepted'
  }
}
