import { z } from 'zod'
import { type PeriodKind, periodNumber } from '../calendar.ts'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import { fromDouble, scaled } from '../decimal.ts'
import type { Event } from '../event.ts'
import { amount as bound, days, expression, force, period, rule, wallet } from '../term.ts'
import { type Grant, NOTHING, type RuleLogic, type Scene } from './rule.ts'

/** An entry of `points`. */
export const pointsSchema = z.strictObject({
  ...rule,
  amount: expression.meta({
    description: 'A CEL expression for how many points an event earns; none where it is 0 or less.',
    examples: ['floor(event.value / 10.0)'],
  }),
  wallet,
  cap: z
    .strictObject({ amount: bound, per: period })
    .meta({
      description:
        'At most so many points a period; of the award that reaches it, the part that fits is given.',
    })
    .optional(),
  availableAfterDays: days
    .meta({
      description: 'Points are pending for so many local days before they can be spent.',
      examples: [3],
    })
    .optional(),
  ...force,
})

export const compilePoints: Compile<typeof pointsSchema> = (written, path, compiler) =>
  pointsRule(
    written.id,
    written.on,
    compiler.condition(path, written.when),
    compiler.amount([...path, 'amount'], written.amount),
    written.wallet,
    written.cap && { amount: scaled(written.cap.amount), per: written.cap.per },
    written.availableAfterDays ?? 0,
  )

interface Cap {
  /** Ten-thousandths. */
  readonly amount: number
  readonly per: PeriodKind
}

/** What was given in the latest capped period. */
interface Given {
  readonly period: number
  /** Ten-thousandths. */
  readonly amount: number
}

/**
 * Points for every event that meets the condition. A cap is filled in the order of the events; of the one
 * that reaches it, the part that still fits is given.
 *
 * @param pending local days until points are available, counted from the day of the event; 0 for at once
 */
export function pointsRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  amount: Expression<number>,
  wallet: string,
  cap: Cap | undefined,
  pending: number,
): RuleLogic<Given> {
  const grant = (event: Event, { zone }: Scene, amount: number, receipt: Grant['receipt']): Grant => ({
    kind: 'points',
    occurrence: event.identity,
    level: 0,
    wallet,
    amount,
    availableAt: pending === 0 ? null : zone.startAfter(zone.day(event.at) + pending, event.at),
    receipt,
  })
  return {
    id,
    on,
    evolve(state, event, scene) {
      if (!when(event, scene)) return { state, grants: NOTHING }
      const full = fromDouble(amount(event, scene))
      if (full <= 0) return { state, grants: NOTHING }
      const value = event.value ?? 0
      if (!cap) return { state, grants: [grant(event, scene, full, { value, full })] }
      const period = periodNumber(cap.per, event.at, scene.zone)
      const before = state?.period === period ? state.amount : 0
      const given = Math.min(full, cap.amount - before)
      if (given <= 0) return { state, grants: NOTHING }
      return {
        state: { period, amount: before + given },
        grants: [grant(event, scene, given, { value, full, cap: cap.amount, before })],
      }
    },
  }
}
