import type { Program } from '#domain/program.ts'
import { aliasOf } from '#domain/rules/alias.ts'
import type { Sql } from '#store/database.ts'
import { maskKey } from '#store/secrets.ts'
import { gamesOf } from '#store/states.ts'
import { subjectsOf } from '#store/subjects.ts'
import { maskedId } from './identity.ts'

/**
 * What other customers are shown of customers, by their numbers: the alias that they chose, or a masked id. Never what
 * anybody could be called or recognised by.
 */
export async function publicNames(
  sql: Sql,
  program: Program,
  customers: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (customers.length === 0) return new Map()
  const key = await keyOf(sql)
  const subjects = await subjectsOf(sql, customers)
  const roots = new Map(
    subjects.filter(({ id, customerId }) => id === customerId).map((own) => [own.id, own]),
  )
  const games = program.aliases.length === 0 ? new Map() : await gamesOf(sql, customers)
  return new Map(
    customers.map((customer) => {
      const alias = aliasOf(games.get(customer)?.rules ?? {}, program)
      return [customer, alias ?? maskedId(key, customer, roots.get(customer) ?? NOBODY)]
    }),
  )
}

const NOBODY = { kind: 'other', value: '' } as const

/** By pool: the key never changes, and is looked up once in a process. */
const KEYS = new WeakMap<Sql, string>()

async function keyOf(sql: Sql): Promise<string> {
  const known = KEYS.get(sql)
  if (known !== undefined) return known
  const key = await maskKey(sql)
  KEYS.set(sql, key)
  return key
}
