import { allStandings } from '#store/standings.ts'
import type { Context } from './context.ts'

const PORTION = 2_000

/**
 * Makes the index anew from PostgreSQL. Totals that change meanwhile come with a newer revision, so that
 * neither overwrites the other.
 *
 * @returns how many totals were read
 */
export async function rebuildLeaderboards({
  database,
  leaderboards,
}: Pick<Context, 'database' | 'leaderboards'>): Promise<number> {
  let total = 0
  await leaderboards.clear()
  await leaderboards.building.clear()
  await leaderboards.building.set()
  const build = await leaderboards.building.value()
  for await (const standings of allStandings(database.sql, PORTION)) {
    await leaderboards.apply(standings)
    total += standings.length
  }
  // Not so where Redis was emptied meanwhile, or another build began: what was told before is gone then.
  if (build !== null) await leaderboards.complete.setWhile(leaderboards.building, build)
  return total
}
