import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Late } from '#runtime/deadline.ts'
import { connect, type Database, isTransient, type Sql, type Transaction } from '#store/database.ts'
import { inSavepoint, inTransaction } from '#store/transaction.ts'
import { createDatabase } from '../../support/stack.ts'

let database: Database
let other: Database
beforeAll(async () => {
  const url = await createDatabase()
  // One connection only: whatever comes next has to use the one that was lost.
  database = connect(url, { application: 'transaction', connections: 1 })
  other = connect(url, { application: 'other', connections: 1 })
  await other.sql`create table marks (mark text primary key)`
})
afterAll(() => Promise.all([database.close(), other.close()]))
beforeEach(() => other.sql`truncate marks`)

const marks = async () =>
  (await other.sql<{ mark: string }[]>`select mark from marks`).map(({ mark }) => mark)
const mark = (sql: Transaction, name: string) => sql`insert into marks values (${name})`

const backend = async (sql: Sql) => (await sql<[{ pid: number }]>`select pg_backend_pid() as pid`)[0].pid

/**
 * Runs a transaction that loses its connection between two of its statements; the pool has opened it again when
 * the second one comes. Then a whole one: what the lost one sent would have been done before it.
 */
async function loseBefore(
  next: (sql: Transaction) => Promise<unknown>,
  inner: (sql: Transaction, run: (sql: Transaction) => Promise<unknown>) => Promise<unknown>,
): Promise<readonly string[]> {
  let resume = () => {}
  const goneOn = new Promise<void>((resolve) => {
    resume = resolve
  })
  const lost = inTransaction(database, async (sql) => {
    await mark(sql, 'before')
    return inner(sql, async (within) => {
      await other.sql`select pg_terminate_backend(${await backend(within)})`
      await backend(database.sql)
      setImmediate(resume)
      return next(within)
    })
  })
  await expect(lost).rejects.toSatisfy(isTransient)
  await goneOn
  await inTransaction(database, (sql) => mark(sql, 'another'))
  return marks()
}

describe('a transaction whose connection is lost between two statements', () => {
  test.each<[string, (sql: Transaction) => Promise<unknown>]>([
    ['sends no further statement, on no other connection', (sql) => mark(sql, 'after')],
    ['does not commit', async () => 'done'],
    [
      'rolls nothing back elsewhere',
      async () => {
        throw new Error('an error of its own')
      },
    ],
    ['opens no savepoint', (sql) => inSavepoint(sql, (inner) => mark(inner, 'within'))],
  ])('%s', async (_, next) => {
    expect(await loseBefore(next, (sql, run) => run(sql))).toEqual(['another'])
  })

  test('is the same within a savepoint', async () => {
    expect(await loseBefore((sql) => mark(sql, 'after'), inSavepoint)).toEqual(['another'])
  })
})

test('a savepoint is undone by itself', async () => {
  await inTransaction(database, async (sql) => {
    await mark(sql, 'first')
    await inSavepoint(sql, async (inner) => {
      await mark(inner, 'undone')
      await mark(inner, 'first')
    }).catch(() => {})
    await mark(sql, 'last')
  })
  expect(await marks()).toEqual(['first', 'last'])
})

describe('a transaction that is aborted', () => {
  const aborted = (controller: AbortController, run: (sql: Transaction) => Promise<unknown>) =>
    inTransaction({ ...database, signal: controller.signal }, run)

  test('is rolled back, and its connection free for others', async () => {
    const controller = new AbortController()
    const hung = aborted(controller, async (sql) => {
      await mark(sql, 'before')
      setImmediate(() => controller.abort(new Late(60_000)))
      return new Promise(() => {})
    })
    await expect(hung).rejects.toThrow('no answer within 60 s')
    await inTransaction(database, (sql) => mark(sql, 'another'))
    expect(await marks()).toEqual(['another'])
  })

  test('sends no further statement', async () => {
    const controller = new AbortController()
    let goOn = () => {}
    let late: Promise<unknown> = Promise.resolve()
    const going = aborted(controller, async (sql) => {
      await mark(sql, 'before')
      controller.abort(new Late(60_000))
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      late = Promise.resolve().then(() => mark(sql, 'after'))
      return late
    })
    await expect(going).rejects.toThrow(Late)
    goOn()
    await inTransaction(database, (sql) => mark(sql, 'another'))
    await expect(late).rejects.toThrow(Late)
    expect(await marks()).toEqual(['another'])
  })

  test('does not begin where it was aborted before', async () => {
    const controller = new AbortController()
    controller.abort(new Late(60_000))
    await expect(aborted(controller, (sql) => mark(sql, 'never'))).rejects.toThrow(Late)
    await inTransaction(database, (sql) => mark(sql, 'another'))
    expect(await marks()).toEqual(['another'])
  })
})
