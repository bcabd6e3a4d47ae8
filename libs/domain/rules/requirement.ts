import { z } from 'zod'
import type { Compiler, Path } from '../compiler.ts'
import type { Event } from '../event.ts'
import { evaluate } from '../score-measure.ts'
import { id } from '../term.ts'
import type { Scene } from './rule.ts'

const badge = id.meta({ description: 'A badge of the program, by its id.', examples: ['first-recharge'] })

/** Something that has to hold of a customer before a mission looks at their events. */
export const requirementSchema = z.union(
  [
    z.strictObject({ badge, level: z.int().min(1).max(10_000).default(1) }),
    z.strictObject({ mission: id }),
    z.strictObject({
      tier: id,
      level: z
        .string()
        .min(1)
        .meta({ examples: ['gold'] }),
    }),
    z.strictObject({ segment: id }),
    z.strictObject({
      score: id,
      band: z
        .string()
        .min(1)
        .meta({ examples: ['active'] }),
    }),
  ],
  {
    error:
      'expected { badge: first-recharge }, { badge: login-streak, level: 2 }, { mission: welcome }, ' +
      '{ tier: club, level: gold }, { segment: loyal } or { score: recency, band: active }',
  },
)

/**
 * Whether something holds of a customer, as of an event.
 *
 * @throws Error where it is a segment that cannot be evaluated
 */
export type Requirement = (event: Event, scene: Scene) => boolean

/**
 * @param mission the id of the mission that asks for it
 * @param path of the requirement
 */
export function compileRequirement(
  written: z.infer<typeof requirementSchema>,
  mission: string,
  path: Path,
  compiler: Compiler,
): Requirement {
  if ('score' in written) {
    const score = compiler.score(written.score, written.band, path)
    return ({ at }, { scores, zone }) => evaluate(scores, zone.day(at), score).band === written.band
  }
  if ('segment' in written) {
    compiler.checkNamed('segment', written.segment, path)
    return (_, scene) => scene.segment(written.segment)
  }
  if ('tier' in written) {
    const level = compiler.tierLevel(written.tier, written.level, path)
    return (_, scene) => scene.level(written.tier) >= level
  }
  if ('mission' in written) {
    compiler.checkNamed('mission', written.mission, path)
    checkOrder([written.mission], 'mission', mission, path, compiler)
    return (_, scene) => scene.level(written.mission) > 0
  }
  const { badge: held, level } = written
  compiler.checkBadge(held, level, path)
  checkOrder(compiler.giversOf(held), 'badge', mission, path, compiler)
  return (_, scene) => scene.level(held) >= level
}

/** Says so where a mission requires what only comes after it. */
function checkOrder(
  required: readonly string[],
  setting: 'mission' | 'badge',
  mission: string,
  path: Path,
  compiler: Compiler,
): void {
  if (!compiler.missionsBefore(required).has(mission)) return
  const message = required.includes(mission)
    ? 'a mission that requires itself can never begin: leave this out'
    : `${required.join()} requires ${mission} in its turn, so that neither can ever begin: leave one of the two out`
  compiler.mistake([...path, setting], message)
}
