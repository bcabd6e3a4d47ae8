import type { Sql } from './database.ts'

type ColumnType = 'bigint' | 'boolean' | 'int' | 'text' | 'timestamptz' | 'uuid'
type Value = string | number | boolean | null

/** Control characters: no JSON text holds one unescaped, and normalization refuses them elsewhere. */
const END = '\x1e'
const NULL = '\x1f'
const RESERVED = new RegExp(`[${END}${NULL}]`)

/**
 * A column of values as an SQL array, sent as one text: that costs a fraction of what the driver's own
 * arrays do, which it puts together value by value.
 */
export function column(sql: Sql, type: ColumnType, values: readonly Value[]) {
  if (values.length === 0) return sql`'{}'::${sql.unsafe(type)}[]`
  // Each value is ended, not divided from the next: else one empty text would be no value at all.
  let joined = ''
  for (const value of values) {
    if (value === null) joined += NULL + END
    else if (typeof value === 'string')
      joined +=
        (RESERVED.test(value) ? value.replaceAll(END, '\ufffd').replaceAll(NULL, '\ufffd') : value) + END
    else joined += value + END
  }
  return sql`trim_array(string_to_array(${joined}, ${sql.unsafe(`E'\\x1e', E'\\x1f'`)}), 1)::${sql.unsafe(type)}[]`
}
