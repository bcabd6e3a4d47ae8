import type { Sql } from './database.ts'

/** The key that customers are masked with for one another: what this installation alone knows, always the same. */
export async function maskKey(sql: Sql): Promise<string> {
  const [row] = await sql<[{ value: string }]>`select value from secrets where name = 'mask'`
  return row.value
}
