import type { FirstChallenge } from '#domain/challenge.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import { ranked } from '#domain/ranking.ts'
import { firstWinners } from '#domain/settlement.ts'
import { eventOf, localTime, table } from './program-page.ts'

/** A worked example of what depends on several customers: its blocks, as they are written. */
interface BoardExample {
  readonly program: string
  /** Lines of events as in other examples, each after the name of its customer. */
  readonly arrivals: string
}

const HEAD = 'program: example\nzone: Asia/Dhaka\nwallets: [points]\n'

/** What stands in the page's blocks of a language, in their order. */
export function blocksOf(page: string, language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text]) => text!,
  )
}

/** Each customer's game, folded from their events. */
function gamesOf({ arrivals }: BoardExample, program: Program) {
  const lines = arrivals.split('\n').filter((line) => line.trim() !== '')
  const events = lines.map((line, i) => {
    const [, customer, rest] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    return { customer: customer ?? '', event: eventOf(rest ?? '', i + 1, program) }
  })
  const customers = [...new Set(events.map(({ customer }) => customer))].toSorted()
  return customers.map((customer, i) => {
    const own = events.filter((each) => each.customer === customer).map(({ event }) => event)
    return { customer, customerId: i, step: foldAll(NEW_GAME, own, program) }
  })
}

/** The first period of the example's first board, as a block `board` shows it. */
export function boardOf(example: BoardExample): string {
  const program = parseProgram('program.yaml', HEAD + example.program, 'example')
  const games = gamesOf(example, program)
  const all = games.flatMap(({ customerId, step }) => step.standings.map((each) => ({ ...each, customerId })))
  const first = all.find(({ board }) => board === program.boards[0]?.id)?.period
  const rows = ranked(all.filter(({ period }) => period === first)).map(({ rank, customerId, total, at }) => {
    return [String(rank), games[customerId]!.customer, String(total / 10_000), localTime(at, program.zone)]
  })
  return table(rows)
}

/** The winners of the example's first challenge, one of the first, as a block `winners` shows them. */
export function winnersOf(example: BoardExample): string {
  const program = parseProgram('program.yaml', HEAD + example.program, 'example')
  const games = gamesOf(example, program)
  const candidates = games.flatMap(({ customerId, step }) =>
    step.outcomes.filter(({ kind }) => kind === 'entry').map((entry) => ({ ...entry, customerId })),
  )
  const winners = firstWinners(program.challenges[0] as FirstChallenge, candidates)
  return table(
    winners.map(({ rank, customerId, at, prize }) => {
      const given = prize ? [`${prize.amount / 10_000} ${prize.wallet}`] : []
      return [String(rank), games[customerId]!.customer, localTime(at, program.zone), ...given]
    }),
  )
}
