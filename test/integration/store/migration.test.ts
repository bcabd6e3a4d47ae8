import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import { expect, onTestFinished, test } from 'vitest'
import { checkpointsOf, openingsOf } from '#store/checkpoints.ts'
import { assertMigrated, connect, type Database, migrate } from '#store/database.ts'
import { customerStates } from '#store/states.ts'
import { createDatabase } from '../../support/stack.ts'

const IDENTITY = '01900000-0000-8000-8000-000000000001'
const WHEN = new Date(0).toISOString()

/** A database as it was when so many migrations had been applied. */
async function databaseAfter(migrations: number): Promise<{ url: string; database: Database }> {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-migrations-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync('drizzle', folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, migrations) }))
  const url = await createDatabase()
  const database = connect(url, { application: 'test', connections: 1 })
  onTestFinished(() => database.close())
  await applyMigrations(drizzle(database.sql), { migrationsFolder: folder })
  return { url, database }
}

test('who starts before the last migration is told so, whatever the one before it brought', async () => {
  const { url, database } = await databaseAfter(10)
  await expect(assertMigrated(database)).rejects.toThrow('run `npx laurel migrate` first')
  await migrate(url)
  await assertMigrated(database)
  const empty = connect(await createDatabase(), { application: 'test', connections: 1 })
  onTestFinished(() => empty.close())
  await expect(assertMigrated(empty)).rejects.toThrow('run `npx laurel migrate` first')
})

test('day buckets that were objects become lists, wherever they are kept', async () => {
  const { url, database } = await databaseAfter(10)
  const { sql } = database
  const old = {
    activity: { '-2': 1, 20761: 3, 9: 1 },
    types: { recharge: { 20761: [2, -5], 20760: [1, 90_000] } },
  }
  const none = { activity: {}, types: {} }
  const game = (scores?: unknown) =>
    JSON.stringify({
      position: null,
      events: 4,
      due: null,
      wallets: {},
      // As a text that was cut within an emoji is kept.
      rules: { a: { b: ['\ud83d'], c: ',"scores":{"activity":{' } },
      boards: {},
      scores,
    })
  await sql`insert into scores (customer_id, state) values (1, ${JSON.stringify(old)}), (2, ''), (3, ${JSON.stringify(none)})`
  await sql`insert into games (customer_id, state) values (1, ${game(old)}), (2, ''), (3, ${game()}), (4, ${game(none)})`
  await sql`insert into scores (customer_id, state, absorbed) values (4, '', true)`
  await sql`
    insert into checkpoints (customer_id, at, identity, state, opening, scores) values
      (1, ${WHEN}, ${IDENTITY}, ${game(old)}, false, null), (3, ${WHEN}, ${IDENTITY}, ${game()}, true, ${JSON.stringify(old)}),
      (4, ${WHEN}, ${IDENTITY}, ${game(old)}, true, ${JSON.stringify(none)})`

  await migrate(url)

  const flat = {
    activity: [-2, 1, 0, 9, 1, 0, 20761, 3, 0],
    types: { recharge: [20760, 1, 90_000, 20761, 2, -5] },
  }
  const bare = JSON.parse(game())
  expect(await customerStates(sql, 1)).toEqual({ scores: flat, game: { ...bare, scores: flat } })
  expect(await customerStates(sql, 2)).toMatchObject({
    scores: { activity: [], types: {} },
    game: { events: 0 },
  })
  expect(await customerStates(sql, 3)).toEqual({ scores: { activity: [], types: {} }, game: bare })
  expect(await checkpointsOf(sql, 1)).toEqual([{ ...bare, scores: flat }])
  const empty = { activity: [], types: {} }
  expect(await customerStates(sql, 4)).toEqual({ scores: empty, game: { ...bare, scores: empty } })
  expect(await openingsOf(sql, [3, 4])).toEqual(
    new Map([
      [3, { customerId: 3, state: bare, scores: flat }],
      [4, { customerId: 4, state: { ...bare, scores: flat }, scores: empty }],
    ]),
  )
})

test('each migration is later than the one before it, and none is of the future: else the next one would be passed over', () => {
  const { entries } = JSON.parse(readFileSync('drizzle/meta/_journal.json', 'utf8')) as {
    entries: { when: number }[]
  }
  const times = entries.map(({ when }) => when)
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
  expect(times.at(-1)).toBeLessThan(Date.now())
})
