import { bounded, causeOf } from '#domain/failure.ts'
import type { Outcome } from '#domain/outcome.ts'
import type { Program } from '#domain/program.ts'
import type { Sql } from '#store/database.ts'
import { eventOrigins } from '#store/events.ts'
import type { NewFailure } from '#store/failures.ts'

/** Events that a rule could not be evaluated on, as failures of gamification. */
export async function ruleFailures(
  sql: Sql,
  { version }: Program,
  failed: readonly Outcome[],
): Promise<readonly NewFailure[]> {
  const origins = await eventOrigins(
    sql,
    failed.map(({ identity }) => identity),
  )
  return failed.flatMap(({ rule, identity, receipt }) => {
    const origin = origins.get(identity)
    if (!origin) return []
    // Of what no rule was allowed to see, none is to blame.
    const code = rule === '' ? 'EVENT_KILLS_WORKER' : 'RULE_FAILED'
    const error = rule === '' ? 'none' : String(receipt.error)
    return [
      {
        stage: 'gamification',
        message: identity,
        code,
        pointer: '',
        expected: rule === '' ? 'an answer' : `an event that rule ${rule} can be evaluated on`,
        got: bounded(error),
        fingerprint: causeOf(code, rule === '' ? origin.type : `${rule} ${error}`, origin.source),
        batchId: origin.batchId,
        topic: origin.topic,
        partition: origin.partition,
        offset: origin.offset,
        source: origin.source,
        bound: false,
        claim: '',
        customer: origin.customer,
        original: JSON.stringify({
          offset: String(origin.offset),
          timestamp: origin.arrivedAt,
          value: origin.payload,
        }),
        program: Number(version),
      } satisfies NewFailure,
    ]
  })
}
