import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parseProgram } from '#domain/program.ts'
import type { SimulatedCustomer } from '#domain/simulation.ts'
import { parseSources } from '#domain/source.ts'
import { type DiaryOptions, diary } from '../../apps/cli/diary.ts'
import { runSimulation } from '../../apps/cli/simulation/simulation.ts'

interface Sample extends Omit<DiaryOptions, 'from'> {
  readonly name: string
  readonly from: string
  readonly asOf: string
}

/** The examples of docs/program/examples.md. */
const SAMPLES: readonly Sample[] = [
  {
    name: 'telco',
    customers: 15,
    days: 42,
    seed: 10,
    from: '2026-09-07',
    asOf: '2026-10-20T00:00+06:00',
    tariff: 'prepaid',
  },
  {
    name: 'postpaid',
    customers: 20,
    days: 150,
    seed: 11,
    from: '2026-05-01',
    asOf: '2026-10-01T00:00+06:00',
    tariff: 'postpaid',
  },
  {
    name: 'data-season',
    customers: 15,
    days: 45,
    seed: 12,
    from: '2026-09-05',
    asOf: '2026-10-21T00:00+06:00',
    tariff: 'prepaid',
  },
]

/** What a program gives. What a profile shows besides is the same for every program. */
function kept(all: SimulatedCustomer) {
  const { customer, events, scores, wallets, badges, awards, ledger, standings, wins } = all
  return { customer, events, scores, wallets, badges, awards, ledger, standings, wins }
}

test.each(SAMPLES)(
  'what $name makes of its sample is what is kept beside it',
  async ({ name, from, asOf, ...sample }) => {
    const read = (file: string) => readFileSync(join('programs', name, file), 'utf8')
    const directory = mkdtempSync(join(tmpdir(), 'programs-test-'))
    try {
      const file = join(directory, 'events.ndjson')
      writeFileSync(file, [...diary({ ...sample, from: Date.parse(from) / 86_400_000 })].join('\n'))
      const { results } = await runSimulation({
        program: parseProgram('program.yaml', read('program.yaml'), 'simulated'),
        sources: parseSources('sources.yaml', read('sources.yaml'), 'UTC'),
        file,
        topic: 'customer-events',
        asOf: Date.parse(asOf),
        explains: false,
        now: Date.parse(asOf),
        parts: 2,
        directory: join(directory, 'work'),
        refuse: ({ line, code }) => {
          throw new Error(`line ${line}: ${code}`)
        },
        observe: () => {},
      })
      const lines = [...results].map(({ text }) => `${JSON.stringify(kept(JSON.parse(text)))}\n`)
      // What a program was meant to change of it is kept anew by: npx vitest run --project unit test/unit/programs.test.ts -u
      await expect(lines.join('')).toMatchFileSnapshot(resolve('programs', name, 'expected.ndjson'))
    } finally {
      rmSync(directory, { recursive: true })
    }
  },
)

test.each(SAMPLES)(
  'the page shows how to make the sample of $name',
  ({ name, customers, days, seed, from, asOf, tariff }) => {
    const page = readFileSync('docs/program/examples.md', 'utf8')
    const options = [
      ...(tariff === 'prepaid' ? [] : [`--tariff ${tariff}`]),
      `--customers ${customers} --days ${days} --seed ${seed} --from ${from} --out ${name}.ndjson`,
    ]
    expect(page).toContain(`npx laurel sample ${options.join(' ')}\n`)
    expect(page).toContain(
      `npx laurel program simulate programs/${name} --events ${name}.ndjson --as-of ${asOf}`,
    )
  },
)
