import { z } from 'zod'
import type { Compile } from '../compiler.ts'
import { bandSchema, compileBand } from './band.ts'
import { compileDayStreak, dayStreakSchema } from './day-streak.ts'
import { compileFirst, firstSchema } from './first.ts'
import { compileSum, sumSchema } from './sum.ts'

/** An entry of `badges`. */
export const badgeSchema = z.discriminatedUnion('kind', [firstSchema, dayStreakSchema, sumSchema, bandSchema])

export const compileBadge: Compile<typeof badgeSchema> = (written, path, compiler) => {
  switch (written.kind) {
    case 'first':
      return compileFirst(written, path, compiler)
    case 'day-streak':
      return compileDayStreak(written, path, compiler)
    case 'sum':
      return compileSum(written, path, compiler)
    case 'band':
      return compileBand(written, path, compiler)
  }
}
