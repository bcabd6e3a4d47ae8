import { setImmediate as breath } from 'node:timers/promises'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { parseProgram } from '#domain/program.ts'
import { prepare } from '#pipeline/delivery.ts'
import { fingerprintOf } from '#pipeline/identity.ts'
import { loadProgram } from '#runtime/program.ts'
import { connect } from '#store/database.ts'
import { type Calls, callsOf } from './calls.ts'
import { load } from './load.ts'
import { machine, machineLine } from './machine.ts'
import { type Measured, measurePieces } from './piece.ts'
import { faultsOf, type Material, materialOf, piecesOf } from './pieces.ts'
import { PROGRAMS } from './program.ts'
import type { Report } from './report.ts'
import { table } from './table.ts'

export interface MicroOptions {
  /** How often each piece is measured; the median counts. */
  readonly rounds: number
}

const DAY = 86_400_000
const DAYS = 30
const EVENTS = 4_000
const CUSTOMERS = 200
// No other day's events: what they allocate must not depend on when they are made.
const TO = Date.UTC(2026, 0, 1)

/** What the pure pieces that every event goes through cost, each by itself. */
export async function micro({ rounds }: MicroOptions, abort: AbortSignal): Promise<Report> {
  const { pieces, calls, faults } = await measureMicro(rounds, abort)
  const where = machine()
  const markdown = [
    table(
      [
        { heading: 'piece' },
        { heading: 'a second of CPU' },
        { heading: 'µs', decimals: 2 },
        { heading: 'bytes allocated' },
      ],
      pieces.map(({ name, opsPerSecond, bytes }) => [name, opsPerSecond, 1_000_000 / opsPerSecond, bytes]),
    ),
    '',
    `By event; games, values and expressions by each of them. ${EVENTS.toLocaleString('en-US')} events of ${CUSTOMERS} customers over ${DAYS} days (Zipf, seed 1),`,
    `starter program, by CPU time; of ${rounds} rounds in which the pieces take turns the median counts. Bytes are of the heap, garbage`,
    `or not, and hardly differ from run to run. Preparing an event takes ${calls.hashes.toFixed(2)} hashes, folding it evaluates ${calls.expressions.toFixed(2)} CEL expressions.`,
    faults.length === 0 ? 'Every piece gave what it must.' : 'THE RESULTS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'micro', machine: where, rounds, pieces, calls, faults }
  return { name: 'micro', title: 'Micro', markdown, data, faults }
}

/** What `micro` measures. */
export interface MicroMeasures {
  readonly pieces: readonly Measured[]
  /** By event. */
  readonly calls: Calls
  readonly faults: readonly string[]
}

/** The figures themselves: bytes and calls hardly depend on the machine, so that they can be held to. */
export async function measureMicro(rounds: number, abort: AbortSignal): Promise<MicroMeasures> {
  const events = load({ seed: 1, events: EVENTS, customers: CUSTOMERS, from: TO - DAYS * DAY, to: TO })
  const material = materialOf(events, TO)
  // Opens no connection: columns are put together before there is one.
  const { sql, close } = connect('postgres://nowhere', { application: 'laurel bench', connections: 1 })
  try {
    const faults = faultsOf(material, sql)
    const pieces = await measurePieces(piecesOf(material, sql), rounds, async () => {
      await breath()
      abort.throwIfAborted()
    })
    return { pieces, calls: callsByEvent(material), faults }
  } finally {
    await close()
  }
}

/** How many hashes and expressions an event takes on its way. */
function callsByEvent({ deliveries, histories, sources }: Material): Calls {
  const { hashes } = callsOf(() => {
    for (const delivery of deliveries) {
      const each = prepare(delivery, sources)
      if ('normal' in each) fingerprintOf(each.normal.fingerprint)
    }
  })
  const { expressions } = callsOf(() => {
    const program = parseProgram('program.yaml', loadProgram(PROGRAMS.starter).text, 'bench')
    for (const { events } of histories) foldAll(NEW_GAME, events, program)
  })
  const folded = histories.reduce((sum, { events }) => sum + events.length, 0)
  return { hashes: hashes / deliveries.length, expressions: expressions / folded }
}
