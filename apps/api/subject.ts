import type { Context } from '#pipeline/context.ts'
import { type KnownCustomer, lookUpCustomer } from '#pipeline/customer.ts'
import { Problem } from './problem.ts'

/**
 * The customer that an id names in any of its spellings.
 *
 * @throws Problem not-found, with what the id was read as
 */
export async function findCustomer(
  { database, sources }: Pick<Context, 'database' | 'sources'>,
  id: string,
): Promise<KnownCustomer> {
  const found = await lookUpCustomer(database.sql, sources, id)
  if ('unknown' in found) throw new Problem('not-found', found.unknown)
  return found
}
