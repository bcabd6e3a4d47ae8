import { parseProgram } from '#domain/program.ts'
import { changeOf, writeChanges } from '#pipeline/change.ts'
import { Programs } from '#pipeline/programs.ts'
import { ensurePublished } from '#pipeline/publication.ts'
import { loadProgram } from '#runtime/program.ts'
import { insertBatch, markBatches, nextBatch } from '#store/batches.ts'
import { connect, type Database } from '#store/database.ts'
import { insertEvents } from '#store/events.ts'
import { updateScores } from '#store/states.ts'
import { resolveSubjects } from '#store/subjects.ts'
import { inTransaction } from '#store/transaction.ts'
import type { Installation } from '../../test/support/installation.ts'
import type { LoadEvent } from '../load.ts'
import { type Pace, PaceMeter } from './pace.ts'
import { type BatchRows, type Portion, rowsOf } from './rows.ts'

const TOPIC = 'customer-events'
/** Each with the customers of its own, so that none waits for another. */
const CONNECTIONS = 2

/**
 * The ceiling: what PostgreSQL alone takes, durably, of the rows that Laurel writes. They are worked out before, and
 * handed from memory to the statements of its stages, in transactions as large as theirs: no Kafka, no queue, no
 * parsing, no folding, and nothing is read but customers' numbers.
 *
 * @param url of a migrated database of its own
 */
export async function bulkStatements(
  installation: Installation,
  url: string,
  directory: string,
  events: readonly LoadEvent[],
  abort: AbortSignal,
): Promise<Pace> {
  const database = connect(url, { application: 'laurel bench', connections: CONNECTIONS, byKey: true })
  try {
    const { text, sources } = loadProgram(directory)
    const version = await ensurePublished(database, new Programs(), text)
    const program = parseProgram(`version ${version}`, text, version)
    const arrival = Date.now()
    const lanes = Array.from({ length: CONNECTIONS }, (_, lane) =>
      rowsOf(
        events.filter(({ customer }) => customer % CONNECTIONS === lane),
        lane,
        program,
        sources,
        arrival,
      ),
    )
    const meter = new PaceMeter(installation)
    await Promise.all(
      lanes.map(async (portions, lane) => {
        const ids = new Map<string, number>()
        for (const portion of portions) {
          abort.throwIfAborted()
          await write(portion, lane, ids)
        }
      }),
    )
    return meter.read(events.length)

    async function write(portion: Portion, lane: number, ids: Map<string, number>): Promise<void> {
      const numbers: number[] = []
      for (const batch of portion.batches) numbers.push(await recordRows(database, batch, lane, arrival, ids))
      await inTransaction(database, async (sql) => {
        await updateScores(sql, new Map([...portion.scores].map(([key, state]) => [ids.get(key)!, state])))
        await markBatches(sql, numbers, 'scoring')
      })
      await inTransaction(database, async (sql) => {
        const changes = portion.changes.map(({ subject, revision, change }) =>
          changeOf(ids.get(subject)!, revision, change),
        )
        await writeChanges(sql, program, changes)
        await markBatches(sql, numbers, 'gamification')
      })
    }
  } finally {
    await database.close()
  }
}

/** @returns the batch's number; those of its subjects are added to `ids` */
async function recordRows(
  database: Database,
  { key, offset, subjects, events }: BatchRows,
  partition: number,
  arrivedAt: number,
  ids: Map<string, number>,
): Promise<number> {
  return inTransaction(database, async (sql) => {
    const { id } = await nextBatch(sql)
    for (const [subject, row] of await resolveSubjects(sql, subjects)) ids.set(subject, row.id)
    await insertEvents(
      sql,
      events.map((event) => ({ ...event, subjectId: ids.get(event.subject)!, batchId: id })),
    )
    const range = { firstOffset: offset, lastOffset: offset + events.length - 1, messages: events.length }
    await insertBatch(
      sql,
      { id, key, topic: TOPIC, partition, ...range, reachedAt: arrivedAt },
      { events: events.length, duplicates: 0, failures: 0, links: 0 },
    )
    return id
  })
}
