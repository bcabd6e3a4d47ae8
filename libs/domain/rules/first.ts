import type { Expression } from '../condition.ts'
import { NOTHING, type Rule } from './rule.ts'

/** A badge for the first event that meets the condition, once for ever. */
export function firstRule(id: string, on: string, when: Expression<boolean>): Rule<1> {
  return {
    id,
    on,
    evolve(state, event) {
      if (state === 1 || !when(event)) return { state, grants: NOTHING }
      const receipt = { value: event.value ?? 0 }
      return {
        state: 1,
        grants: [{ kind: 'badge', occurrence: '1', level: 1, wallet: null, amount: 0, receipt }],
      }
    },
  }
}
