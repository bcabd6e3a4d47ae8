import { z } from 'zod'
import type { Compiler, Path } from './compiler.ts'
import type { GameState } from './fold.ts'
import type { Program } from './program.ts'
import type { Scene } from './rules/rule.ts'
import { Present } from './scene.ts'
import { NO_SCORES } from './score.ts'
import { expression, id } from './term.ts'

/** An entry of `segments`. */
export const segmentSchema = z.strictObject({ id, when: expression })

/** Customers of whom something holds at present. It has no state of its own. */
export interface Segment {
  readonly id: string
  /** @throws Error where that cannot be evaluated */
  includes(scene: Scene): boolean
}

export function compileSegment(
  { id, when }: z.infer<typeof segmentSchema>,
  path: Path,
  compiler: Compiler,
): Segment {
  return { id, includes: compiler.customerCondition([...path, 'when'], when, false) }
}

/**
 * Whether a customer is in a segment, as of an instant (Unix ms) that the game has come to and not gone beyond; false
 * where that cannot be evaluated. Rules ask their scene instead.
 */
export function isInSegment(segment: Segment, game: GameState, instant: number, program: Program): boolean {
  try {
    return segment.includes(new Present(program, instant, game.scores ?? NO_SCORES, game))
  } catch {
    return false
  }
}
