import { type Command, Option } from 'commander'
import type { Customer, Leaderboard, PipelineStatus, Trace, WrittenChallenge } from '../api/schema.ts'
import { ask } from './client.ts'
import { config } from './environment.ts'
import { print, printJson, printTable } from './output.ts'
import { positive } from './processes.ts'

/** The commands that show what Laurel knows. */
export function addReads(program: Command): void {
  program
    .command('customer')
    .description('show a customer: scores, points, badges, missions, tiers, ranks')
    .argument('<id>', 'a phone number, UUID or other id, in any spelling')
    .option('--as-of <time>', 'as it was at this time (ISO 8601)')
    .option('--json', 'as JSON')
    .action(async (id: string, options: { asOf?: string; json?: boolean }) => {
      const query = options.asOf === undefined ? '' : `?asOf=${encodeURIComponent(options.asOf)}`
      const customer = await ask<Customer>(`/v1/customers/${encodeURIComponent(id)}${query}`)
      if (options.json) printJson(customer)
      else printCustomer(customer)
    })
  program
    .command('trace')
    .description('show what became of one event')
    .argument('<event>', "an event id (Laurel's or the producer's), or topic/partition/offset")
    .option('--json', 'as JSON')
    .action(async (event: string, options: { json?: boolean }) => {
      const path = event.split('/').map(encodeURIComponent).join('/')
      const trace = await ask<Trace>(`/v1/events/${path}`)
      if (options.json) printJson(trace)
      else printTrace(trace)
    })
  program
    .command('leaderboard')
    .description('show a leaderboard, or make all of them anew from PostgreSQL')
    .argument('<id>', 'its id, such as points-week; or: rebuild')
    .option('--period <name>', 'such as 2026-W48; the present one unless given')
    .addOption(new Option('--limit <n>', 'how many entries').argParser(positive).default(10))
    .option('--around <id>', 'the entries around this customer')
    .option('--json', 'as JSON')
    .action(
      async (id: string, options: { period?: string; limit: number; around?: string; json?: boolean }) => {
        if (id === 'rebuild') return rebuild()
        const query = new URLSearchParams({
          limit: String(options.limit),
          ...(options.period !== undefined && { period: options.period }),
          ...(options.around !== undefined && { around: options.around }),
        })
        const board = await ask<Leaderboard>(`/v1/leaderboards/${encodeURIComponent(id)}?${query}`)
        if (options.json) return printJson(board)
        print(`${board.board} · ${board.period}${board.settled ? ' · settled' : ''}`)
        printTable(
          ['rank', 'customer', 'total', 'reached'],
          board.entries.map(({ rank, customer, asked, total, achievedAt }) => [
            rank,
            asked ? `${customer} (asked for)` : customer,
            total,
            achievedAt,
          ]),
        )
      },
    )
  program
    .command('challenge')
    .description('show who has won a challenge, or who would as things stand')
    .argument('<id>', 'its id, such as first-hundred')
    .option(
      '--period <name>',
      'of a challenge on a leaderboard, such as 2026-W48; the present one unless given',
    )
    .addOption(new Option('--limit <n>', 'how many winners').argParser(positive).default(10))
    .option('--json', 'as JSON')
    .action(async (id: string, options: { period?: string; limit: number; json?: boolean }) => {
      const query = new URLSearchParams({
        limit: String(options.limit),
        ...(options.period !== undefined && { period: options.period }),
      })
      const challenge = await ask<WrittenChallenge>(`/v1/challenges/${encodeURIComponent(id)}?${query}`)
      if (options.json) printJson(challenge)
      else printChallenge(challenge)
    })
  program
    .command('status')
    .description('show how the pipeline is doing')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const pipeline = await ask<PipelineStatus>('/v1/pipeline')
      if (options.json) printJson(pipeline)
      else printPipeline(pipeline)
    })
}

async function rebuild(): Promise<void> {
  const { rebuildLeaderboards } = await import('#pipeline/leaderboards.ts')
  const { openTransport } = await import('#queue/transport.ts')
  const { connect } = await import('#store/database.ts')
  const { DATABASE_URL, REDIS_URL, REDIS_PREFIX } = config()
  const database = connect(DATABASE_URL, { application: 'laurel leaderboard rebuild', connections: 1 })
  const transport = await openTransport(REDIS_URL, REDIS_PREFIX)
  try {
    const total = await rebuildLeaderboards({ database, leaderboards: transport.leaderboards })
    print(`The leaderboards were made anew from ${total} totals.`)
  } finally {
    await transport.close()
    await database.close()
  }
}

function printCustomer(customer: Customer): void {
  print(`${customer.subjects.map(({ value }) => value).join(', ')}   as of ${customer.asOf}`)
  for (const [id, { value, band }] of Object.entries(customer.scores))
    print(`  score    ${id.padEnd(18)} ${value} (${band})`)
  for (const [id, { balance, earned }] of Object.entries(customer.wallets)) {
    print(`  wallet   ${id.padEnd(18)} ${balance} (${earned} earned)`)
  }
  for (const { rule, level, awardedAt, next } of customer.badges) {
    const goal = next ? `, next level at ${next.current} of ${next.target}` : ''
    print(`  badge    ${rule.padEnd(18)} level ${level}, ${awardedAt}${goal}`)
  }
  for (const { rule, period, progress, target, completedAt, objectives } of customer.missions) {
    const parts = objectives.map((each) => `${each.progress} of ${each.target}`).join(', ')
    const each = objectives.length > 1 ? ` (${parts})` : ''
    const state = completedAt === null ? each : `${each}, completed ${completedAt}`
    print(
      `  mission  ${rule.padEnd(18)} ${progress} of ${target}${period === null ? '' : ` in ${period}`}${state}`,
    )
  }
  for (const [id, tier] of Object.entries(customer.tiers)) {
    const until = tier?.until ? `, until ${tier.until}` : ''
    print(`  tier     ${id.padEnd(18)} ${tier ? `${tier.name}, since ${tier.since}${until}` : 'none'}`)
  }
  for (const [id, rank] of Object.entries(customer.ranks)) {
    print(`  rank     ${id.padEnd(18)} ${rank ? `${rank.rank} with ${rank.total} (${rank.period})` : 'none'}`)
  }
}

function printChallenge({ challenge, period, endsAt, settled, winners }: WrittenChallenge): void {
  const state = settled ? 'settled' : `as things stand${endsAt === null ? '' : `, ends ${endsAt}`}`
  print([challenge, ...(period === null ? [] : [period]), state].join(' · '))
  printTable(
    ['rank', 'customer', 'reached', 'prize', 'paid'],
    winners.map(({ rank, customer, achievedAt, prize, paid }) => [
      rank,
      customer,
      achievedAt,
      prize ? `${prize.amount} ${prize.wallet}` : 'none left',
      paid ? 'yes' : 'no',
    ]),
  )
}

function printTrace(trace: Trace): void {
  print(`${trace.id}   ${trace.status}`)
  if (trace.duplicateOf) print(`  duplicate of ${trace.duplicateOf}`)
  if (trace.event)
    print(`  ${trace.event.type} of ${trace.event.customer} at ${trace.event.at}, from ${trace.event.source}`)
  for (const [stage, at] of Object.entries(trace.stages ?? {}))
    print(`  ${stage.padEnd(10)} ${at ?? 'not yet'}`)
  for (const { rule, wallet, amount } of trace.awards ?? []) {
    print(`  award      ${rule}${wallet === null ? '' : `: ${amount} ${wallet}`}`)
  }
  if (trace.failure) {
    print(`  failure ${trace.failure.id}, ${trace.failure.state}: ${trace.failure.reason}`)
    if (trace.failure.state === 'open')
      print(`  Correct it in Bull Board, or: npx laurel failures show ${trace.failure.id}`)
  }
}

function printPipeline(pipeline: PipelineStatus): void {
  const { events, failures, lag, queues, unknown } = pipeline
  print(
    Object.entries(events)
      .map(([what, count]) => `${what} ${count}`)
      .join(' · '),
  )
  const age = pipeline.oldestOpenSeconds === null ? '' : `, the oldest for ${pipeline.oldestOpenSeconds} s`
  print(`open batches ${pipeline.openBatches}${age}`)
  const open = Object.entries(failures)
  print(`open failures ${open.reduce((sum, [, count]) => sum + count, 0)}`)
  for (const [code, count] of open) print(`  ${code} ${count}`)
  print(lag === null ? `lag unknown: ${unknown.lag}` : `lag ${lag.reduce((sum, each) => sum + each.lag, 0)}`)
  if (queues === null) {
    print(`queues unknown: ${unknown.queues}`)
    return
  }
  printTable(
    ['queue', 'waiting', 'active', 'delayed', 'failed'],
    Object.entries(queues).map(([name, { waiting = 0, active = 0, delayed = 0, failed = 0 }]) => [
      name,
      waiting,
      active,
      delayed,
      failed,
    ]),
  )
}
