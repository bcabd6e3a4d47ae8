import type { Expression } from '../condition.ts'
import { badge, NOTHING, type RuleLogic } from './rule.ts'

/** A badge for the first event that meets the condition, once for ever. */
export function firstRule(id: string, on: string, when: Expression<boolean>): RuleLogic<1> {
  return {
    id,
    on,
    evolve(state, event, { values }) {
      if (state === 1 || !when(event, values)) return { state, grants: NOTHING }
      return { state: 1, grants: [badge(1, '1', { value: event.value ?? 0 })] }
    },
  }
}
