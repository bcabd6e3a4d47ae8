import { z } from 'zod'
import type { Compiler, Path } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import { SCALE, scaled } from '../decimal.ts'
import type { Event } from '../event.ts'
import { amount, expression, types } from '../term.ts'
import type { Scene } from './rule.ts'

/** The state keeps each value that was seen, up to the target, and so much of each. */
const MOST_DISTINCT = 50
const LONGEST_VALUE = 64

const field = z
  .string()
  .regex(
    /^(type|source|metadata(\.[A-Za-z0-9_-]{1,64}){1,4})$/,
    'expected type, source, or a field such as metadata.city',
  )
const target = z.int().positive().max(1_000_000)

/** What is rounded to nothing would be reached by any match. */
function isKept(written: number): boolean {
  return written <= 0 || scaled(written) > 0
}

const measures = [
  {
    sum: z.literal('value'),
    target: amount.refine(isKept, 'expected at least 0.0001, which is the least that is kept'),
  },
  { count: z.enum(['events', 'days']), target: z.int().positive().max(1_000_000_000) },
  { distinct: field, target: target.max(MOST_DISTINCT) },
  { streak: z.literal('events'), target },
] as const

const EXAMPLES =
  'expected { sum: value, target: 5120 }, { count: events, target: 3 }, { count: days, target: 5 }, ' +
  '{ distinct: metadata.city, target: 3 } or { streak: events, target: 4 }'
const [sum, count, distinct, streak] = measures

/** The one objective of a mission, which looks at what the mission looks at. */
export const objectiveSchema = z.union(
  [z.strictObject(sum), z.strictObject(count), z.strictObject(distinct), z.strictObject(streak)],
  { error: EXAMPLES },
)

const own = { on: types, when: expression.optional() }

/** One of several objectives, which says itself what it looks at. */
export const ownObjectiveSchema = z.union(
  [
    z.strictObject({ ...own, ...sum }),
    z.strictObject({ ...own, ...count }),
    z.strictObject({ ...own, ...distinct }),
    z.strictObject({ ...own, ...streak }),
  ],
  { error: `${EXAMPLES}, each with the type of its events: on: recharge` },
)

type WrittenObjective = z.infer<typeof objectiveSchema>

/** Something to reach within a mission's window. */
export interface Objective {
  /** The types of the events that it looks at. */
  readonly types: readonly string[]
  readonly measure: 'sum' | 'count' | 'days' | 'distinct' | 'streak'
  /** Ten-thousandths of the summed value, or of one for each event, day, or value. */
  readonly target: number
  /**
   * Whether an event of its types matches: the value that counts of it where distinct ones do, an empty text
   * for every other match, null for none.
   *
   * @throws Error where its condition cannot be evaluated on the event
   */
  match(event: Event, scene: Scene): string | null
}

/**
 * How far an objective has come, as plain JSON: the amount in ten-thousandths; of days how many there were, and the
 * latest as days since 1970-01-01; of distinct values those that were seen.
 */
export type ObjectiveState = number | readonly [count: number, last: number] | readonly string[]

/** @param path of what has the objective's `when` */
export function compileObjective(
  written: WrittenObjective,
  on: readonly string[],
  when: string | undefined,
  path: Path,
  compiler: Compiler,
): Objective {
  const condition = compiler.condition(path, when)
  const types = [...new Set(on)]
  const objective = { types, target: scaled(written.target) }
  if ('distinct' in written) {
    const field = written.distinct.split('.')
    return { ...objective, measure: 'distinct', match: distinctMatch(condition, field) }
  }
  const match: Objective['match'] = (event, scene) => (condition(event, scene) ? '' : null)
  if ('sum' in written) return { ...objective, measure: 'sum', match }
  if ('streak' in written) return { ...objective, measure: 'streak', match }
  return { ...objective, measure: written.count === 'days' ? 'days' : 'count', match }
}

function distinctMatch(condition: Expression<boolean>, path: readonly string[]): Objective['match'] {
  return (event, scene) => (condition(event, scene) ? valueAt(event, path) : null)
}

/** A text, number or truth value of an event; null where it has none there, or an empty one. */
function valueAt(event: Event, path: readonly string[]): string | null {
  const [first] = path
  let node: unknown = first === 'metadata' ? JSON.parse(event.payload) : event[first as 'type' | 'source']
  if (first === 'metadata') {
    for (const step of path) {
      const isObject = typeof node === 'object' && node !== null && Object.hasOwn(node, step)
      node = isObject ? (node as Record<string, unknown>)[step] : undefined
    }
  }
  const isValue = typeof node === 'string' || typeof node === 'number' || typeof node === 'boolean'
  return isValue && node !== '' ? String(node).slice(0, LONGEST_VALUE) : null
}

/** An objective of which nothing has been reached. */
export function beginning({ measure }: Objective): ObjectiveState {
  if (measure === 'days') return [0, 0]
  return measure === 'distinct' ? [] : 0
}

/** The objective after an event of its types, of which `match` said what counts. */
export function moved(
  { measure }: Objective,
  state: ObjectiveState,
  match: string | null,
  { at, value }: Event,
  { zone }: Scene,
): ObjectiveState {
  if (match === null) return measure === 'streak' ? 0 : state
  switch (measure) {
    case 'sum':
      return (state as number) + (value ?? 0)
    case 'count':
    case 'streak':
      return (state as number) + SCALE
    case 'days': {
      const [count, last] = state as readonly [number, number]
      const day = zone.day(at)
      // Where clocks went back over midnight, the day that has begun goes on.
      return count > 0 && day <= last ? state : [count + 1, day]
    }
    case 'distinct': {
      const values = state as readonly string[]
      return values.includes(match) ? state : [...values, match]
    }
  }
}

/** How far it has come, as its target is. */
export function reachedOf({ measure }: Objective, state: ObjectiveState): number {
  if (measure === 'days') return (state as readonly [number, number])[0] * SCALE
  return measure === 'distinct' ? (state as readonly string[]).length * SCALE : (state as number)
}

export function isReached(objective: Objective, state: ObjectiveState): boolean {
  return reachedOf(objective, state) >= objective.target
}
