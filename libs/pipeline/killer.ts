import type { Event } from '#domain/event.ts'
import type { Batch, Message } from '#domain/message.ts'
import type { Sources } from '#domain/source.ts'
import { barEvents, eventsOfBatches, eventsOfCustomers } from '#store/events.ts'
import { publishedProgram } from '#store/programs.ts'
import type { Context } from './context.ts'
import { findKillers } from './halving.ts'
import { Probe } from './probe.ts'

/**
 * A job that ends its worker, or hangs it until somebody does, is run again by another one: twice may be chance,
 * and is taken for the fault of an event. It is looked for where it can do no harm, and then left out.
 */
export const KILLS = 2

/** Histories are tried out in portions of about so many events. */
const EVENTS_AT_ONCE = 20_000

/** The messages of a batch that normalizing does not come back from. */
export async function killingMessages({ text }: Sources, batch: Batch): Promise<ReadonlySet<Message>> {
  return withProbe(async (probe) => {
    const killers = await findKillers(batch.messages, (messages) =>
      probe.survives({ kind: 'normalize', sources: text, batch: { ...batch, messages } }),
    )
    return new Set(killers)
  })
}

/** Whether normalizing a message, or what somebody put in its place, comes back. */
export function isHarmlessMessage({ text }: Sources, batch: Batch, fix: string | null): Promise<boolean> {
  return withProbe((probe) =>
    probe.survives({ kind: 'normalize', sources: text, batch, ...(fix === null ? {} : { fix }) }),
  )
}

/** Whether folding an event under the program in force comes back. */
export async function isHarmlessEvent(context: Context, event: Event): Promise<boolean> {
  const program = await programText(context)
  return withProbe((probe) => probe.survives({ kind: 'fold', program, events: [event] }))
}

/**
 * Bars from the rules those of a batch's events that folding them does not come back from; where none of them is
 * it, those of its customers' histories.
 *
 * @returns how many
 */
export async function barKillers(context: Context, batch: number): Promise<number> {
  const { sql } = context.database
  const { payloadTypes } = await context.programs.of(sql)
  const { events } = await eventsOfBatches(sql, [batch], payloadTypes)
  const barred = await bar(context, events)
  return barred > 0 ? barred : barKillersOf(context, [...new Set(events.map(({ customerId }) => customerId))])
}

/** The same with all that customers have done. */
export async function barKillersOf(context: Context, customers: readonly number[]): Promise<number> {
  return bar(context, await eventsOfCustomers(context.database.sql, customers))
}

async function bar(context: Context, events: readonly Event[]): Promise<number> {
  const program = await programText(context)
  const tried = events.filter(({ isBarred }) => !isBarred)
  return withProbe(async (probe) => {
    let barred = 0
    for (let i = 0; i < tried.length; i += EVENTS_AT_ONCE) {
      const killers = await findKillers(tried.slice(i, i + EVENTS_AT_ONCE), (some) =>
        probe.survives({ kind: 'fold', program, events: some }),
      )
      await barEvents(
        context.database.sql,
        killers.map(({ identity }) => identity),
      )
      barred += killers.length
    }
    return barred
  })
}

/** Compiled here first: a program that is not there, or cannot be read, says nothing of any event. */
async function programText({ database: { sql }, programs }: Context): Promise<string> {
  const { version } = await programs.of(sql)
  return (await publishedProgram(sql, Number(version)))!.text
}

async function withProbe<T>(run: (probe: Probe) => Promise<T>): Promise<T> {
  const probe = new Probe()
  try {
    return await run(probe)
  } finally {
    probe.close()
  }
}
