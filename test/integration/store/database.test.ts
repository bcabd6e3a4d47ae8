import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { column } from '#store/column.ts'
import { connect, type Database } from '#store/database.ts'
import { createDatabase } from '../../support/stack.ts'

let url: string
let database: Database
beforeAll(async () => {
  url = await createDatabase()
  database = connect(url, { application: 'test', connections: 1 })
  // As in a new installation: rows, and no statistics of them.
  await database.sql`create table things (id bigint primary key, name text) with (autovacuum_enabled = false)`
  await database.sql`insert into things select id, 'name ' || id from generate_series(1, 20000) id`
})
afterAll(() => database.close())

async function planOf({ sql }: Database): Promise<string> {
  const ids = Array.from({ length: 2_000 }, (_, i) => i * 10)
  const rows = await sql<{ 'QUERY PLAN': string }[]>`
    explain select * from things join unnest(${column(sql, 'bigint', ids)}) as wanted (id) using (id)`
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

test('a pool that works by keys looks rows up, though the table has no statistics', async () => {
  const keyed = connect(url, { application: 'test', connections: 1, byKey: true })
  try {
    const plan = await planOf(keyed)
    expect(plan).toContain('Index Scan using things_pkey')
    expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge Join/)
  } finally {
    await keyed.close()
  }
})

test('a new connection asks nothing but what it is asked: what it asked by itself, nobody would miss when it is lost', async () => {
  const sent: Buffer[] = []
  const target = new URL(url)
  const relay = createServer((client) => {
    const server = dial(Number(target.port), target.hostname)
    client.on('data', (bytes) => sent.push(bytes))
    client.pipe(server).pipe(client)
    for (const end of [client, server]) end.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const through = new URL(url)
  through.port = String((relay.address() as AddressInfo).port)
  const fresh = connect(through.href, { application: 'test', connections: 1 })
  try {
    await fresh.sql`select 'ours' as whose`
    const statements = Buffer.concat(sent)
      .toString('latin1')
      .match(/select [^\0]+/g)
    expect(statements).toEqual(["select 'ours' as whose"])
  } finally {
    await fresh.close()
    relay.close()
  }
})
