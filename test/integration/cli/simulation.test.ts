import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { afterwards } from '#domain/correction.ts'
import { advance } from '#domain/fold.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import { describeCustomer, type SimulatedCustomer } from '#domain/simulation.ts'
import { type Subject, subjectKey } from '#domain/subject.ts'
import { advanceDue } from '#pipeline/advancement.ts'
import { rebuildLeaderboards } from '#pipeline/leaderboards.ts'
import { settleDue } from '#pipeline/settlement.ts'
import { runLeaderboards } from '#pipeline/stages.ts'
import { awardsOf } from '#store/awards.ts'
import { placesOf, planSettlements } from '#store/settlements.ts'
import { standingsOf } from '#store/standings.ts'
import { customerStates, customersAfter } from '#store/states.ts'
import { subjectsOf } from '#store/subjects.ts'
import { type DiaryOptions, diary } from '../../../apps/cli/diary.ts'
import { mulberry32, shuffle } from '../../../apps/cli/population/random.ts'
import { runSimulation } from '../../../apps/cli/simulation/simulation.ts'
import { openPipeline, type TestPipeline } from '../../support/pipeline.ts'

const DAY = 86_400_000
const today = Math.floor(Date.now() / DAY)
const BATCH = 150

/** What the stages made of a file, customer by customer, as the simulation writes it. */
async function live(
  pipeline: TestPipeline,
  program: Program,
  asOf: number,
): Promise<readonly SimulatedCustomer[]> {
  const { sql } = pipeline.database
  const found = new Map<string, SimulatedCustomer>()
  const wins = await winsOf(pipeline, program)
  for (const customer of await customersAfter(sql, 0, 100_000)) {
    const subjects: Subject[] = (await subjectsOf(sql, [customer])).map(({ kind, value }) => ({
      kind,
      value,
    }))
    // Whoever was joined to somebody else has no subjects any more.
    if (subjects.length === 0) continue
    const { game, scores } = (await customerStates(sql, customer))!
    const awards = (await awardsOf(sql, [customer])).filter((award) => award.live)
    // What time brings about between the job that lets it pass and the time that is asked for.
    const rest = advance(game, asOf, program)
    const kept = {
      subjects,
      scores,
      game: rest.state,
      outcomes: afterwards(awards, rest),
      standings: await standingsOf(sql, [customer]),
      wins: wins.filter((win) => win.customerId === customer).map(({ customerId: _, ...win }) => win),
      events: game.events - awards.filter(({ kind }) => kind === 'adjusted').length,
    }
    found.set(subjects.map(subjectKey).sort()[0]!, describeCustomer(kept, program, asOf))
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, customer]) => customer)
}

async function winsOf({ database: { sql } }: TestPipeline, { challenges }: Program) {
  const settled = await sql<{ of: string; period: string }[]>`select of, period from settlements`
  const won = settled.filter(({ of }) => challenges.some(({ id }) => id === of))
  const places = await Promise.all(won.map((each) => placesOf(sql, each, 0, 1_000)))
  return places.flat().map(({ of, period, customerId, rank, total, prize }) => {
    return { challenge: of, period, customerId, rank, total, prize, settledAt: 0 }
  })
}

/** Without when a challenge was settled: here that is now, and in the simulation as soon as it could be. */
function timeless(customer: SimulatedCustomer) {
  const isPaid = ({ kind }: { readonly kind: string }) => kind === 'adjusted'
  return {
    ...customer,
    ledger: customer.ledger.filter((entry) => !isPaid(entry)),
    paid: customer.ledger
      .filter(isPaid)
      .map(({ at: _, ...entry }) => entry)
      .sort((a, b) => (a.occurrence < b.occurrence ? -1 : 1)),
    wins: customer.wins
      .map(({ settledAt: _, ...win }) => win)
      .sort((a, b) => (`${a.challenge} ${a.period}` < `${b.challenge} ${b.period}` ? -1 : 1)),
  }
}

/** Shortly before the season's six weeks. */
const SEASON = Date.parse('2026-09-05') / DAY

test.each<{ name: string; sample: Omit<DiaryOptions, 'from'> & { from?: number } }>([
  { name: 'telco', sample: { seed: 5, customers: 40, days: 25, tariff: 'prepaid' } },
  { name: 'postpaid', sample: { seed: 6, customers: 15, days: 100, tariff: 'postpaid' } },
  { name: 'data-season', sample: { seed: 7, customers: 25, days: 45, from: SEASON, tariff: 'prepaid' } },
])(
  '$name comes to the same by simulation as through the stages, in any order of arrival',
  async ({ name, sample }) => {
    const directory = mkdtempSync(join(tmpdir(), 'simulation-test-'))
    const text = readFileSync(join('programs', name, 'program.yaml'), 'utf8')
    const pipeline = await openPipeline(text)
    try {
      const lines = [...diary({ from: today - sample.days - 3, ...sample })]
      const order = lines.map((_, i) => i)
      shuffle(mulberry32(9), order)
      await rebuildLeaderboards(pipeline)
      for (let i = 0; i < order.length; i += BATCH) {
        const { batch } = await pipeline.run(...order.slice(i, i + BATCH).map((line) => lines[line]))
        await runLeaderboards(pipeline, { batches: [batch] })
      }
      const program = parseProgram('program.yaml', text, 'simulated')
      // As if Laurel had seen its boards since before the season.
      const seen = program.boards.filter(({ period }) => period !== 'all')
      await planSettlements(
        pipeline.database.sql,
        seen.map(({ id }) => ({ of: id, period: 'before', endsAt: SEASON * DAY })),
      )
      await settleDue(pipeline)
      await advanceDue(pipeline)
      const asOf = Date.now()
      const file = join(directory, 'events.ndjson')
      writeFileSync(file, lines.join('\n'))
      const simulation = await runSimulation({
        program,
        sources: pipeline.sources,
        file,
        topic: 'billing-events',
        asOf,
        explains: false,
        now: asOf,
        parts: 4,
        directory: join(directory, 'work'),
        refuse: ({ line, code }) => {
          throw new Error(`line ${line}: ${code}`)
        },
        observe: () => {},
      })
      const simulated = [...simulation.results].map((each): SimulatedCustomer => JSON.parse(each.text))
      expect(simulated.length).toBeGreaterThan(0.7 * sample.customers)
      expect((await live(pipeline, program, asOf)).map(timeless)).toEqual(simulated.map(timeless))
      const wins = simulated.flatMap((each) => each.wins)
      expect(wins.length > 0).toBe(program.challenges.length > 0)
    } finally {
      await pipeline.close()
      rmSync(directory, { recursive: true })
    }
  },
)
