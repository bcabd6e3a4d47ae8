import type { Fragment, Sql } from './database.ts'

type ColumnType = 'bigint' | 'boolean' | 'int' | 'text' | 'timestamptz' | 'uuid'
type Value = string | number | boolean | null

/** Control characters: no JSON text holds one unescaped, and normalization refuses them elsewhere. */
export const END = '\x1e'
const NULL = '\x1f'
/** Between two fields of one value: where nothing is null. */
export const FIELD = NULL
/** What would end a value early, and the NUL that no text column holds. */
const RESERVED = new RegExp(`[\0${END}${NULL}]`)
const EVERY_RESERVED = new RegExp(RESERVED, 'g')

/**
 * A column of values as an SQL array, sent as one text: that costs a fraction of what the driver's own
 * arrays do, which it puts together value by value.
 */
export function column(sql: Sql, type: ColumnType, values: readonly Value[]): Fragment
export function column<Row>(
  sql: Sql,
  type: ColumnType,
  rows: readonly Row[],
  pick: (row: Row) => Value,
): Fragment
export function column<Row>(
  sql: Sql,
  type: ColumnType,
  rows: readonly Row[],
  pick: (row: Row) => Value = (row) => row as Value,
): Fragment {
  if (rows.length === 0) return sql`'{}'::${sql.unsafe(type)}[]`
  // Each value is ended, not divided from the next: else one empty text would be no value at all.
  let joined = ''
  for (const row of rows) {
    const value = pick(row)
    if (value === null) joined += NULL + END
    else if (typeof value === 'string')
      joined += (RESERVED.test(value) ? value.replace(EVERY_RESERVED, '\ufffd') : value) + END
    else joined += value + END
  }
  return sql`trim_array(string_to_array(${joined}, ${sql.unsafe(`E'\\x1e', E'\\x1f'`)}), 1)::${sql.unsafe(type)}[]`
}
