import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseProgram } from '#domain/program.ts'
import type { SimulatedCustomer } from '#domain/simulation.ts'
import { parseSources } from '#domain/source.ts'
import { diary } from '../../../../apps/cli/diary.ts'
import { mulberry32, shuffle } from '../../../../apps/cli/population/random.ts'
import type { Refusal } from '../../../../apps/cli/simulation/intake.ts'
import {
  runSimulation,
  type Simulation,
  type SimulationOptions,
} from '../../../../apps/cli/simulation/simulation.ts'

const read = (name: string) => readFileSync(join('programs/telco', name), 'utf8')
const program = parseProgram('program.yaml', read('program.yaml'), 'simulated')
const sources = parseSources('sources.yaml', read('sources.yaml'), 'UTC')

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'simulation-test-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

interface Found extends Simulation {
  readonly lines: readonly string[]
  readonly refusals: readonly Refusal[]
  /** By the key of the first subject. */
  readonly by: ReadonlyMap<string, SimulatedCustomer>
}

let runs = 0
async function simulated(
  lines: readonly (string | Buffer | object)[],
  options: Partial<SimulationOptions> = {},
): Promise<Found> {
  const file = join(directory, `events-${++runs}`)
  const bytes = lines.map((line) =>
    Buffer.isBuffer(line) ? line : Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)),
  )
  writeFileSync(file, Buffer.concat(bytes.flatMap((line) => [line, Buffer.from('\n')])))
  const refusals: Refusal[] = []
  const found = await runSimulation({
    program,
    sources,
    file,
    topic: 'customer-events',
    asOf: undefined,
    explains: false,
    now: Date.parse('2026-12-01'),
    parts: 3,
    directory: join(directory, `work-${runs}`),
    refuse: (refusal) => refusals.push(refusal),
    observe: () => {},
    ...options,
  })
  const results = [...found.results]
  return {
    ...found,
    lines: results.map(({ text }) => text),
    refusals,
    by: new Map(results.map(({ key, text }) => [key, JSON.parse(text)])),
  }
}

const recharge = (id: string, fields: Readonly<Record<string, unknown>> = {}) => ({
  event_id: id,
  source: 'billing',
  customer_id: 'a',
  event_type: 'recharge',
  timestamp: '2026-11-20T06:00:00Z',
  value: 50,
  ...fields,
})

describe('what a file comes to', () => {
  const lines = [...diary({ seed: 3, customers: 60, days: 20, from: 20_700, tariff: 'prepaid' })]

  test('does not depend on the order of its lines, nor on the parts that it is worked in', async () => {
    const inOrder = await simulated(lines, { parts: 1 })
    const numbers = lines.map((_, i) => i)
    shuffle(mulberry32(1), numbers)
    const shuffled = await simulated(
      numbers.map((i) => lines[i]!),
      { parts: 16 },
    )
    expect(inOrder.lines.length).toBeGreaterThan(50)
    expect(inOrder.intake.reversals).toBeGreaterThan(0)
    expect(shuffled.lines).toEqual(inOrder.lines)
    expect(shuffled.intake).toEqual(inOrder.intake)
  })

  test('is in the order of its customers, and leaves no file behind but the results', async () => {
    const { by } = await simulated(lines.slice(0, 400))
    expect([...by.keys()]).toEqual([...by.keys()].sort())
    expect(readdirSync(join(directory, `work-${runs}`))).toEqual(['results'])
  })
})

test('a line that comes again counts once, and one that says something else under its id is refused', async () => {
  const { by, intake, refusals } = await simulated([
    recharge('1'),
    '',
    recharge('1'),
    recharge('1', { value: 60 }),
    recharge('2', { timestamp: '2026-11-21T06:00:00Z' }),
  ])
  expect(intake).toEqual({
    lines: 4,
    accepted: 2,
    resent: 1,
    refused: 1,
    reversals: 0,
    last: Date.parse('2026-11-21T06:00:00Z'),
  })
  expect(refusals).toEqual([
    {
      line: 4,
      code: 'EVENT_ID_CONFLICT',
      pointer: '/event_id',
      expected: expect.stringMatching(/^the content/),
    },
  ])
  expect(by.get('other:a')?.wallets).toMatchObject({ points: { balance: 10 } })
})

test('what is no event is refused by its line', async () => {
  const { refusals, by } = await simulated([
    recharge('1'),
    '{"half',
    recharge('2', { customer_id: undefined }),
    recharge('3', { timestamp: '2026-12-03T00:00:01Z' }),
    Buffer.from([0x7b, 0xff, 0x7d]),
    recharge('4', { event_type: 'laurel.adjust' }),
  ])
  expect(refusals.map(({ line, code }) => [line, code])).toEqual([
    [2, 'JSON_INVALID'],
    [3, 'CUSTOMER_MISSING'],
    [4, 'TIMESTAMP_IN_FUTURE'],
    [5, expect.any(String)],
    [6, 'EVENT_TYPE_INVALID'],
  ])
  expect(by.size).toBe(1)
})

test('a reversal counts before its event and after it, and leaves the customer known', async () => {
  const reversal = (id: string, reverses: string) => recharge(id, { reverses, value: -50 })
  for (const lines of [
    [recharge('1'), reversal('2', '1')],
    [reversal('2', '1'), recharge('1')],
  ]) {
    const { by } = await simulated(lines)
    expect(by.get('other:a')).toMatchObject({ events: 0, badges: [], ledger: [] })
  }
  const { by } = await simulated([recharge('1'), reversal('2', '1'), reversal('3', '2')])
  expect(by.get('other:a')).toMatchObject({ events: 0 })
})

test('two ids of one customer are one, whichever line says so, and that of a refused line does not', async () => {
  const linking = recharge('3', { customer_ids: ['b', 'c'], timestamp: '2026-11-22T06:00:00Z' })
  const events = [
    recharge('1'),
    recharge('2', { customer_id: 'b', timestamp: '2026-11-21T06:00:00Z' }),
    linking,
  ]
  for (const lines of [events, events.toReversed()]) {
    const { by } = await simulated(lines)
    expect([...by.keys()]).toEqual(['other:a'])
    expect(by.get('other:a')).toMatchObject({
      customer: 'a',
      events: 3,
      subjects: [{ value: 'a' }, { value: 'b' }, { value: 'c' }],
      wallets: { points: { balance: 15 } },
    })
  }
  const { by } = await simulated([...events.slice(0, 2), recharge('1', { customer_ids: ['b'], value: 7 })])
  expect([...by.keys()]).toEqual(['other:a', 'other:b'])
})

test('an earlier time leaves later events out, a later one lets time pass, also beyond now', async () => {
  const events = [recharge('1'), recharge('2', { timestamp: '2026-11-22T06:00:00Z' })]
  const at = async (time: string, lines: readonly object[] = events) =>
    (await simulated(lines, { asOf: Date.parse(time) })).by.get('other:a')!
  expect(await at('2026-11-21T00:00:00Z')).toMatchObject({ events: 1, asOf: '2026-11-21T00:00:00.000Z' })
  expect((await at('2026-11-22T06:00:00Z')).scores.recency).toEqual({ value: 5, band: 'active' })
  const later = recharge('3', { timestamp: '2027-02-01T00:00:00Z' })
  expect((await at('2027-02-02T00:00:00Z', [...events, later])).events).toBe(3)
})

test('an event that names no source is of the topic’s', async () => {
  const login = { customer_id: 'a', event_type: 'login', timestamp: '2026-11-20T06:00:00Z' }
  const types = async (topic: string) => {
    const lines = [0, 1, 2].map((i) => ({ ...login, timestamp: `2026-11-2${i}T06:00:00Z` }))
    return (await simulated(lines, { topic })).by.get('other:a')!.badges.map(({ rule }) => rule)
  }
  expect(await types('app-events')).toEqual(['login-streak'])
  expect(await types('customer-events')).toEqual([])
})

test('a file that is not there is told as such', async () => {
  await expect(simulated([], { file: '/nowhere/events.ndjson' })).rejects.toThrow(
    /^\/nowhere\/events.ndjson cannot be read/,
  )
})
