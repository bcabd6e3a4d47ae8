import { z } from 'zod'
import type { Compile } from '../compiler.ts'
import { bandSchema, compileBand } from './band.ts'
import { compileCount, countSchema } from './count.ts'
import { compileDayStreak, dayStreakSchema } from './day-streak.ts'
import { compileEvery, everySchema } from './every.ts'
import { compileFirst, firstSchema } from './first.ts'
import { compilePeriods, periodsSchema } from './periods.ts'
import { compileStreak, streakSchema } from './streak.ts'
import { compileSum, sumSchema } from './sum.ts'

/** An entry of `badges`. */
export const badgeSchema = z.discriminatedUnion('kind', [
  firstSchema,
  everySchema,
  streakSchema,
  countSchema,
  sumSchema,
  dayStreakSchema,
  periodsSchema,
  bandSchema,
])

export const compileBadge: Compile<typeof badgeSchema> = (written, path, compiler) => {
  switch (written.kind) {
    case 'first':
      return compileFirst(written, path, compiler)
    case 'every':
      return compileEvery(written, path, compiler)
    case 'streak':
      return compileStreak(written, path, compiler)
    case 'count':
      return compileCount(written, path, compiler)
    case 'periods':
      return compilePeriods(written, path, compiler)
    case 'day-streak':
      return compileDayStreak(written, path, compiler)
    case 'sum':
      return compileSum(written, path, compiler)
    case 'band':
      return compileBand(written, path, compiler)
  }
}
