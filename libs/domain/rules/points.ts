import { type PeriodKind, periodNumber } from '../calendar.ts'
import type { Expression } from '../condition.ts'
import { fromDouble } from '../decimal.ts'
import { NOTHING, type Rule } from './rule.ts'

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
 */
export function pointsRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  amount: Expression<number>,
  wallet: string,
  cap: Cap | undefined,
): Rule<Given> {
  return {
    id,
    on,
    evolve(state, event, zone) {
      if (!when(event)) return { state, grants: NOTHING }
      const full = fromDouble(amount(event))
      if (full <= 0) return { state, grants: NOTHING }
      const grant = (given: number, receipt: Record<string, number>) => ({
        kind: 'points' as const,
        occurrence: event.identity,
        level: 0,
        wallet,
        amount: given,
        receipt: { value: event.value ?? 0, full, ...receipt },
      })
      if (!cap) return { state, grants: [grant(full, {})] }
      const period = periodNumber(cap.per, event.at, zone)
      const before = state?.period === period ? state.amount : 0
      const given = Math.min(full, cap.amount - before)
      if (given <= 0) return { state, grants: NOTHING }
      return {
        state: { period, amount: before + given },
        grants: [grant(given, { cap: cap.amount, before })],
      }
    },
  }
}
