import { z } from 'zod'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import { force, rule } from '../term.ts'
import { bounds, boundsOf } from './levels.ts'
import { badge, NOTHING, type RuleLogic } from './rule.ts'

export const everySchema = z.strictObject({
  ...rule,
  kind: z.literal('every').describe('Every so many matching events.'),
  ...bounds,
  once: z.boolean().default(false).describe('Each level is given once for ever, not anew in each run.'),
  ...force,
})

export const compileEvery: Compile<typeof everySchema> = (written, path, compiler) =>
  everyRule(
    written.id,
    written.on,
    compiler.condition(path, written.when),
    boundsOf(written, path, compiler),
    written.once,
  )

/** How many events have matched. */
export interface Matches {
  /** All of them, those of earlier runs included. */
  readonly matches: number
  /** Those of the present run, which begins anew once it has reached the highest level. */
  readonly length: number
  /** When the present run began, Unix ms. */
  readonly startedAt: number
}

/**
 * A badge with levels for so many matching events. The match that reaches the highest level ends the run, and
 * the next one begins another: with a single level, a badge for every n-th match.
 *
 * @param levels how many matches of a run each takes, ascending
 * @param once whether the first run is the only one
 */
export function everyRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  levels: readonly number[],
  once: boolean,
): RuleLogic<Matches> {
  const highest = levels.at(-1)!
  return {
    id,
    on,
    evolve(state, event, scene) {
      if ((once && state?.length === highest) || !when(event, scene)) return { state, grants: NOTHING }
      const run = state === undefined || state.length === highest ? undefined : state
      const matches = (state?.matches ?? 0) + 1
      const length = (run?.length ?? 0) + 1
      const startedAt = run?.startedAt ?? event.at
      const level = levels.indexOf(length) + 1
      const next = { matches, length, startedAt }
      if (level === 0) return { state: next, grants: NOTHING }
      const occurrence = String(once ? level : matches)
      return {
        state: next,
        grants: [badge(level, occurrence, { matches: length, startedAt, endedAt: event.at })],
      }
    },
    level: ({ matches }) => levels.findLastIndex((bound) => matches >= bound) + 1,
  }
}
