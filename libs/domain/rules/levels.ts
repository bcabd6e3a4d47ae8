import { z } from 'zod'
import type { Compiler, Path } from '../compiler.ts'
import { levels } from '../term.ts'

const matches = z.int().min(1).max(1_000_000)

/** How many matches a badge asks for: one number, or several levels. */
export const bounds = {
  count: matches.describe('How many matching events it takes; for several levels, write levels.').optional(),
  levels: levels(matches).optional(),
}

interface Bounds {
  readonly count?: number | undefined
  readonly levels?: readonly number[] | undefined
}

/** The bounds of the levels of a rule, the lowest first, which has them as `count` or as `levels`. */
export function boundsOf({ count, levels }: Bounds, path: Path, compiler: Compiler): readonly number[] {
  if (count !== undefined && levels !== undefined) {
    compiler.mistake(
      [...path, 'count'],
      'count and levels say the same thing twice: leave count out, and keep levels',
    )
  }
  if (count === undefined && levels === undefined) {
    compiler.mistake(
      path,
      'how many matches it takes is missing: write count: 3, or levels: [3, 10] for several levels',
    )
  }
  return levels ?? [count ?? 1]
}
