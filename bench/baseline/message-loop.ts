import { connect, type Database, type Sql } from '#store/database.ts'
import type { Installation } from '../../test/support/installation.ts'
import { type Backlog, takeBacklog } from './backlog.ts'
import type { Pace } from './pace.ts'

const ZONE = 'Asia/Dhaka'

/** What it comes to, all customers together. */
export interface LoopSums {
  readonly events: number
  readonly customers: number
  readonly recharges: number
  /** In the events' own unit, as PostgreSQL writes it. */
  readonly recharged: string
}

/**
 * The usual loop: `eachMessage` inserts the event, works the customer's scores out from all stored events of theirs,
 * and writes them, in one transaction; offsets are committed automatically. Nothing but scores, no rules.
 *
 * @param url of an empty database of its own
 */
export async function messageLoop(
  installation: Installation,
  url: string,
  backlog: Backlog,
): Promise<Pace & { readonly sums: LoopSums }> {
  const database = connect(url, { application: 'laurel bench', connections: 1 })
  try {
    await createTables(database)
    let done = 0
    const pace = await takeBacklog(installation, backlog, {
      read: (consumer) =>
        consumer.run({
          eachMessage: async ({ message }) => {
            const event = JSON.parse(message.value!.toString()) as LoopEvent
            await database.sql.begin((sql) => take(sql, event))
            done++
          },
        }),
      done: () => done,
      state: () => 'eachMessage is slow or fails',
    })
    return { ...pace, sums: await sumsOf(database) }
  } finally {
    await database.close()
  }
}

interface LoopEvent {
  readonly event_id: string
  readonly customer_id: string
  readonly event_type: string
  readonly timestamp: string
  readonly value?: number
}

async function createTables({ sql }: Database): Promise<void> {
  await sql`
    create table events (id uuid primary key, customer_id text not null, type text not null, at timestamptz not null,
      value numeric)`
  await sql`create index on events (customer_id, at)`
  await sql`
    create table customers (id text primary key, last_recharge timestamptz, recharges int not null,
      recharged numeric not null, active_days int not null, updated_at timestamptz not null)`
}

async function take(sql: Sql, event: LoopEvent): Promise<void> {
  const inserted = await sql`
    insert into events (id, customer_id, type, at, value)
    values (${event.event_id}, ${event.customer_id}, ${event.event_type}, ${event.timestamp}, ${event.value ?? null})
    on conflict (id) do nothing`
  if (inserted.count === 0) return
  await sql`
    insert into customers
    select customer_id, max(at) filter (where type = 'recharge'),
      count(*) filter (where type = 'recharge' and at > now() - interval '90 days'),
      coalesce(sum(value) filter (where type = 'recharge' and at > now() - interval '90 days'), 0),
      count(distinct (at at time zone ${ZONE})::date) filter (where at > now() - interval '30 days'), now()
    from events where customer_id = ${event.customer_id} group by customer_id
    on conflict (id) do update set last_recharge = excluded.last_recharge, recharges = excluded.recharges,
      recharged = excluded.recharged, active_days = excluded.active_days, updated_at = excluded.updated_at`
}

async function sumsOf({ sql }: Database): Promise<LoopSums> {
  const [sums] = await sql<[LoopSums]>`
    select (select count(*) from events)::bigint as events, count(*)::bigint as customers,
      sum(recharges)::bigint as recharges, round(sum(recharged), 2)::text as recharged
    from customers`
  return sums
}
