import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Installation } from '../test/support/installation.ts'

/** Until the server has written its log. */
const PAUSE = 500

/**
 * Counts what PostgreSQL is sent while some work is done: every statement of its own, and the beginning and end of each
 * transaction. The server tells of each in its log, so that the work takes longer.
 *
 * @param database the name of the only one that the work uses; it connects to it anew
 */
export async function countStatements(
  { directory, database: { sql } }: Installation,
  database: string,
  work: () => Promise<void>,
): Promise<number> {
  const count = () =>
    readFileSync(join(directory, 'logs', 'postgres.log'), 'utf8').match(/ LOG: {2}(execute|statement)\b/g)
      ?.length ?? 0
  await sql`alter database ${sql(database)} set log_statement = 'all'`
  const before = count()
  await work()
  await delay(PAUSE)
  return count() - before
}
