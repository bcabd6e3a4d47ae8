import { z } from 'zod'
import { dayName } from '../calendar.ts'
import type { Compile } from '../compiler.ts'
import { SCALE } from '../decimal.ts'
import type { Event } from '../event.ts'
import { NO_SCORES, type ScoreRule } from '../score.ts'
import { evaluate, outlook } from '../score-measure.ts'
import { force, id } from '../term.ts'
import { badge, type Evolution, NOTHING, type RuleLogic, type Scene } from './rule.ts'

export const bandSchema = z.strictObject({
  id,
  kind: z.literal('band').describe('Each time that a score comes into a band.'),
  score: id,
  band: z.string().min(1).describe('A band of that score, by its name.'),
  ...force,
})

export const compileBand: Compile<typeof bandSchema> = (written, path, compiler) =>
  bandRule(written.id, compiler.score(written.score, written.band, path), written.band)

/** The band that a score was in last. */
export interface BandState {
  readonly band: string
  /** The local day on which time alone takes the score to another band; null where none does. */
  readonly next: number | null
}

/**
 * A badge for each time that a score comes into a band: by an event, or by time alone, at the beginning of
 * the local day on which the score crosses over. Who has done nothing yet is in the band of nothing. It stays
 * when the score leaves the band. Where the score is, is followed also before the rule is in force. The level that its state
 * tells is 1 only while the score is in the band.
 */
export function bandRule(id: string, score: ScoreRule, band: string): RuleLogic<BandState> {
  /** @param identity of the event that did it; absent where time did */
  const enter = (
    before: BandState | undefined,
    { scores }: Scene,
    day: number,
    identity?: string,
  ): Evolution<BandState> => {
    const present = outlook(scores, day, score)
    const state = { band: present.band, next: present.next }
    const last = before?.band ?? evaluate(NO_SCORES, day, score).band
    if (present.band !== band || last === band) return { state, grants: NOTHING }
    // JSON has no −0, which a value just below zero is rounded to.
    const value = Math.round(present.value * SCALE) + 0
    return { state, grants: [badge(1, identity ?? dayName(day), { score: score.id, value, day })] }
  }
  return {
    id,
    on: score.on,
    watches: true,
    evolve: (before, event: Event, scene) => enter(before, scene, scene.zone.day(event.at), event.identity),
    level: (state) => (state.band === band ? 1 : 0),
    timer: {
      due: ({ next }, zone) => (next === null ? null : zone.start(next)),
      elapse: (before, at, scene) => enter(before, scene, scene.zone.day(at)),
    },
  }
}
