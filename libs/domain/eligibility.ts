import { z } from 'zod'
import type { Compiler, Path } from './compiler.ts'
import type { Customer } from './customer.ts'
import type { GameState } from './fold.ts'
import { type Force, isInForce } from './force.ts'
import type { Program } from './program.ts'
import type { Scene } from './rules/rule.ts'
import { Present } from './scene.ts'
import { NO_SCORES } from './score.ts'
import { parseSubject, type Subject, subjectKey } from './subject.ts'
import { expression, force, id } from './term.ts'

const QUOTED = "expected an id in quotes, such as '+8801700000042', or the beginning of ids: '+88017999*'"

/** An entry of `eligibility`. */
export const eligibilitySchema = z.strictObject({
  id,
  when: expression
    .meta({
      description: 'What has to hold of the customer.',
      examples: ['!customer.attributes.staff'],
    })
    .optional(),
  exclude: z
    .array(z.string(QUOTED).min(1, QUOTED), 'expected a list of ids')
    .min(1, QUOTED)
    .meta({
      description: 'Ids of customers who take no part; with a * at the end, every id that begins so.',
      examples: [['+8801700000042', '+88017999*']],
    })
    .optional(),
  ...force,
})

type Written = z.infer<typeof eligibilitySchema>

/** What has to hold for an event to count for any rule. */
export interface Eligibility extends Force {
  readonly id: string
  /** Whether it lets an event count that it cannot be evaluated on. */
  readonly skipsErrors: boolean
  /** @throws Error where that cannot be evaluated */
  admits(scene: Scene): boolean
}

/** Makes one of what is written at a path, but for the time it is in force. */
export function compileEligibility(
  { id, when, exclude }: Written,
  path: Path,
  compiler: Compiler,
): Pick<Eligibility, 'id' | 'admits'> {
  if ((when === undefined) === (exclude === undefined)) {
    compiler.mistake(
      path,
      "expected either when: a condition that has to hold, or exclude: a list of ids such as ['+8801700000042']",
    )
  }
  if (when !== undefined) return { id, admits: compiler.customerCondition([...path, 'when'], when, true) }
  return { id, admits: excluding(exclude ?? [], [...path, 'exclude'], compiler) }
}

/** Whether none of a customer's subjects is on a list of ids and of beginnings of ids. */
function excluding(listed: readonly string[], path: Path, compiler: Compiler): (scene: Scene) => boolean {
  const [keys, beginnings] = [new Set<string>(), [] as string[]]
  for (const [i, each] of listed.entries()) {
    if (each === '*')
      compiler.mistake([...path, i], 'this would exclude everybody: write how ids begin before the *')
    else if (each.slice(0, -1).includes('*'))
      compiler.mistake([...path, i], `a * stands at the end only, for how ids begin, got ${each}`)
    else if (each.endsWith('*')) beginnings.push(each.slice(0, -1))
    else keys.add(subjectKey(parseSubject(each, undefined)))
  }
  const isListed = (subject: Subject) =>
    keys.has(subjectKey(subject)) || beginnings.some((beginning) => subject.value.startsWith(beginning))
  // A customer's events come one after the other.
  let [last, isExcluded]: [Customer | undefined, boolean] = [undefined, false]
  return (scene) => {
    const customer = scene.customer()
    if (customer !== last) [last, isExcluded] = [customer, customer.subjects.some(isListed)]
    return !isExcluded
  }
}

/** Whether what happens at an instant counts for rules; `failed` where one could not be evaluated. */
export interface Judged {
  readonly counts: boolean
  readonly failed?: { readonly id: string; readonly error: unknown }
}

const COUNTS: Judged = { counts: true }

/**
 * Asks what has to hold at an instant (Unix ms), in the order of the file, up to the first that does not hold or
 * cannot be evaluated.
 */
export function judge(all: readonly Eligibility[], at: number, scene: Scene): Judged {
  for (const each of all) {
    if (!isInForce(each, at)) continue
    const { id, skipsErrors, admits } = each
    try {
      if (!admits(scene)) return { counts: false }
    } catch (error) {
      if (!skipsErrors) return { counts: false, failed: { id, error } }
    }
  }
  return COUNTS
}

/** Whether what a customer does at an instant (Unix ms) that the game has come to, and not gone beyond, counts for rules. */
export function isEligible(game: GameState, instant: number, program: Program): boolean {
  return judge(program.eligibility, instant, new Present(program, instant, game.scores ?? NO_SCORES, game))
    .counts
}
