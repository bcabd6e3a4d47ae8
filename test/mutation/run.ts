import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { assertPlantable, MUTANTS, type Mutant } from './mutants.ts'

// Plants each fault in a copy of the project and runs the tests of the domain: first the tables, then the laws.
// Prints a table, and fails where a fault went unnoticed. `npm run test:mutation -- wallet score` runs those of these files.

const HOME = resolve(import.meta.dirname, '../..')
const SUITES = [
  ['test/unit/domain'],
  [
    'test/property/refold.test.ts',
    'test/property/fold.test.ts',
    'test/property/correction.test.ts',
    'test/property/score.test.ts',
    'test/property/tiers.test.ts',
  ],
]

function copy(): string {
  const directory = mkdtempSync(join(tmpdir(), 'laurel-mutants-'))
  for (const name of ['libs', 'test', 'programs', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
    cpSync(join(HOME, name), join(directory, name), { recursive: true })
  symlinkSync(join(HOME, 'node_modules'), join(directory, 'node_modules'))
  return directory
}

/** What noticed a fault; undefined where nothing did. */
function noticedBy(directory: string, { file, find, replace }: Mutant): string | undefined {
  const path = join(directory, 'libs/domain', file)
  const text = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    text.replace(find, () => replace),
  )
  try {
    return SUITES.find((suite) => !passes(directory, suite))?.[0]
  } finally {
    writeFileSync(path, text)
  }
}

function passes(directory: string, suite: readonly string[]): boolean {
  const vitest = join(HOME, 'node_modules/vitest/vitest.mjs')
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project', 'unit', '--bail', '1', ...suite],
    {
      cwd: directory,
      env: { ...process.env, LAW_RUNS: '200' },
      timeout: 300_000,
    },
  )
  return status === 0
}

const only = process.argv.slice(2)
assertPlantable()
const directory = copy()
const survivors: Mutant[] = []
try {
  const untouched = SUITES.find((suite) => !passes(directory, suite))
  if (untouched) throw new Error(`${untouched[0]} fails without any fault`)
  const chosen = MUTANTS.filter(({ file }) => only.length === 0 || only.some((name) => file.includes(name)))
  for (const mutant of chosen) {
    const noticed = noticedBy(directory, mutant)
    if (!noticed) survivors.push(mutant)
    const by = noticed?.startsWith('test/unit') ? 'tables' : noticed ? 'laws' : 'NOTHING'
    console.log(`| ${mutant.fault} | \`${mutant.file}\` | ${by} |`)
  }
  console.log(`${chosen.length - survivors.length} of ${chosen.length} faults were noticed.`)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
process.exit(survivors.length === 0 ? 0 : 1)
