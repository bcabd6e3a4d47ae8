import postgres from 'postgres'
import { expect, test } from 'vitest'
import { createDatabase } from '../../support/stack.ts'

async function query<T>(url: string, run: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1 })
  try {
    return await run(sql)
  } finally {
    await sql.end()
  }
}

test('each test file has a database of its own, empty or a copy', async () => {
  const first = await createDatabase()
  await query(first, (sql) => sql`create table marks (mark text)`)
  await query(first, (sql) => sql`insert into marks values ('first')`)
  const copy = await createDatabase(first)
  expect(await query(copy, (sql) => sql`select mark from marks`)).toEqual([{ mark: 'first' }])
  const empty = await createDatabase()
  expect(await query(empty, (sql) => sql`select to_regclass('marks') as marks`)).toEqual([{ marks: null }])
})
