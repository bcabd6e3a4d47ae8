import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** What each part may import, besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'libs/domain': [],
  'libs/runtime': ['libs/domain'],
  'libs/queue': ['libs/domain', 'libs/runtime'],
  'libs/store': ['libs/domain', 'libs/runtime'],
  'libs/stream': ['libs/domain', 'libs/runtime'],
  'libs/stack': ['libs/domain', 'libs/runtime'],
  'libs/pipeline': ['libs/domain', 'libs/runtime', 'libs/queue', 'libs/store', 'libs/stream'],
  apps: [
    'libs/domain',
    'libs/runtime',
    'libs/queue',
    'libs/store',
    'libs/stream',
    'libs/pipeline',
    'libs/stack',
  ],
}

/** Each external system has one door. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  bullmq: ['libs/queue'],
  ioredis: ['libs/queue'],
  'drizzle-orm': ['libs/store'],
  postgres: ['libs/store'],
  kafkajs: ['libs/stream'],
}

function partOf(file: string): string {
  return file.startsWith('apps/') ? 'apps' : file.split('/').slice(0, 2).join('/')
}

/** The file that a specifier names, or the package. */
function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('#')) return `libs/${specifier.slice(1)}`
  if (specifier.startsWith('.')) return join(dirname(file), specifier)
  return specifier
}

/** What is wrong with an import; undefined where it is allowed. */
function complaint(file: string, specifier: string): string | undefined {
  const part = partOf(file)
  const target = targetOf(file, specifier)
  if (/^(apps|libs)\//.test(target)) {
    const other = partOf(target)
    return other === part || ALLOWED[part]?.includes(other)
      ? undefined
      : `${file} must not import ${specifier}`
  }
  if (target.startsWith('node:'))
    return part === 'libs/domain' ? `${file} must not know Node (${specifier})` : undefined
  const door = Object.entries(DOORS).find(([name]) => target === name || target.startsWith(`${name}/`))
  return door && !door[1].includes(part)
    ? `${file} must not import ${specifier}: only ${door[1]} knows it`
    : undefined
}

const IMPORT = /(?:from|import)\s*\(?\s*'([^']+)'/g

function complaints(): string[] {
  return ['apps', 'libs'].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|js)$/.test(name))
      .flatMap((name) => {
        const file = join(root, name)
        return [...readFileSync(file, 'utf8').matchAll(IMPORT)].flatMap(
          ([, specifier]) => complaint(file, specifier!) ?? [],
        )
      }),
  )
}

describe('imports go one way', () => {
  test('in every file', () => {
    expect(complaints()).toEqual([])
  })

  test.each([
    ['libs/domain/fold.ts', '#store/events.ts'],
    ['libs/domain/fold.ts', 'node:fs'],
    ['libs/domain/fold.ts', '../runtime/log.ts'],
    ['libs/store/events.ts', '#pipeline/scoring.ts'],
    ['libs/queue/jobs.ts', '#store/batches.ts'],
    ['libs/pipeline/scoring.ts', '../../apps/api/api.ts'],
    ['libs/pipeline/scoring.ts', 'bullmq'],
    ['apps/api/api.ts', 'drizzle-orm/pg-core'],
  ])('a wrong one is found: %s → %s', (file, specifier) => {
    expect(complaint(file, specifier)).toBeDefined()
  })

  test.each([
    ['libs/pipeline/scoring.ts', '#store/batches.ts'],
    ['libs/store/events.ts', 'postgres'],
    ['apps/cli/main.ts', '../api/api.ts'],
    ['libs/domain/fold.ts', './event.ts'],
  ])('a right one is not: %s → %s', (file, specifier) => {
    expect(complaint(file, specifier)).toBeUndefined()
  })
})
