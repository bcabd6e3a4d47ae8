import { z } from 'zod'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import { force, rule } from '../term.ts'
import { badge, NOTHING, type RuleLogic } from './rule.ts'

export const firstSchema = z.strictObject({
  ...rule,
  kind: z.literal('first').describe('The first event that matches, once for ever.'),
  ...force,
})

export const compileFirst: Compile<typeof firstSchema> = (written, path, compiler) =>
  firstRule(written.id, written.on, compiler.condition(path, written.when))

/** A badge for the first event that meets the condition, once for ever. */
export function firstRule(id: string, on: string, when: Expression<boolean>): RuleLogic<1> {
  return {
    id,
    on,
    evolve(state, event, scene) {
      if (state === 1 || !when(event, scene)) return { state, grants: NOTHING }
      return { state: 1, grants: [badge(1, '1', { value: event.value ?? 0 })] }
    },
    level: () => 1,
  }
}
