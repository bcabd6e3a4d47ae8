import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { FAILURES } from '#domain/failure.ts'
import { QUEUES } from '#queue/queues.ts'
import { isVariable, readConfig } from '#runtime/config.ts'
import { Metrics } from '#runtime/metrics.ts'
import { clientOptions, consumerOptions } from '#stream/client.ts'
import { isKafkaVariable, type KafkaPreset, parseKafkaSettings } from '#stream/settings.ts'
import { POOLS } from '../../apps/worker/pools.ts'
import { objectionTo } from '../support/commands.ts'

const pages = [
  ...readdirSync('docs', { encoding: 'utf8', recursive: true })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...(existsSync('README.md') ? ['README.md'] : []),
]
const read = (page: string) => readFileSync(page, 'utf8')
const producers = read('docs/producers.md')
const kafka = read('docs/kafka.md')
const operations = read('docs/operations.md')

/** The rows of every table of a page, cell by cell, without their back-ticks. */
function rowsOf(page: string): string[][] {
  return page
    .split('\n')
    .filter((line) => /^\| [^-]/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
}

describe.each(pages)('%s', (page) => {
  const text = read(page)

  it('links to what is there', () => {
    const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '')
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
    const broken = links.filter((target) => !/^[a-z]+:/.test(target) && !isThere(page, target))
    expect(broken).toEqual([])
  })

  it('names commands that exist', () => {
    const objections = commandsIn(text).flatMap((args) => objectionTo(args) ?? [])
    expect(objections).toEqual([])
  })

  it('names scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const named = [...text.matchAll(/npm run ([\w:]+)|npm (start|test)\b/g)].map(([, a, b]) => a ?? b!)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})

function isThere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : join(dirname(page), path)
  return existsSync(file) && (anchor === undefined || anchorsOf(read(file)).includes(anchor))
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** What follows `npx laurel`, `laurel.js` or `laurel in back-ticks, up to a comment or the next command. */
function commandsIn(text: string): string[][] {
  return [...text.matchAll(/(?:npx laurel|laurel\.js|`laurel) ([^\n`]+)/g)]
    .map(([, line]) =>
      line!
        .split(/ +(?:#|\||&&|>)/)[0]!
        .trim()
        .split(/\s+/),
    )
    .filter(([first]) => first !== '…')
}

test('commands that do not exist would be found', () => {
  const wrong = commandsIn(
    'npx laurel topics make\nnpx laurel worker --pool scoring\n`laurel worker --pools all`',
  )
  expect(wrong.map((args) => objectionTo(args) !== undefined)).toEqual([true, true, true])
})

test.each(Object.entries(FAILURES))('producers learn what %s means', (code, { meaning, remedy }) => {
  expect(rowsOf(producers)).toContainEqual([code, meaning, remedy])
})

describe('the configuration', () => {
  const table = rowsOf(operations.slice(operations.indexOf('## Configuration')))
  const own = table.filter(([name = '']) => isVariable(name) || isKafkaVariable(name))

  it('has every variable that Laurel reads', () => {
    const sources = read('libs/runtime/config.ts') + read('libs/stream/settings.ts')
    const names = new Set(sources.match(/\b[A-Z][A-Z_]+\b/g))
    const variables = [...names].filter((name) => isVariable(name) || isKafkaVariable(name))
    expect(own.map(([name]) => name).toSorted()).toEqual(variables.toSorted())
  })

  it('has no other but those of the commands', () => {
    const others = table.slice(1).filter((row) => !own.includes(row))
    expect(others.map(([names]) => names)).toEqual([
      'Variable',
      'LAUREL_API_URL',
      'KAFKA_PORT, REDIS_PORT, POSTGRES_PORT',
      'POSTGRES_PASSWORD',
      'TZ',
    ])
  })

  it('says what holds unless a variable is set', () => {
    const given = { DATABASE_URL: 'postgres://a', REDIS_URL: 'redis://a', KAFKA_BOOTSTRAP_SERVERS: 'a:1' }
    const { preset, clientId } = parseKafkaSettings(given)
    const defaults: Record<string, string> = {
      ...Object.fromEntries(
        Object.entries(readConfig(given))
          .filter(([name, value]) => !(name in given) && !(value instanceof Map))
          .map(([name, value]) => [name, String(value)]),
      ),
      KAFKA_PRESET: preset,
      KAFKA_CLIENT_ID: clientId,
      KAFKA_SSL: 'by preset and files',
    }
    const stated = own.filter(([, stated = '']) => stated !== '' && !stated.startsWith('must be set'))
    expect(Object.fromEntries(stated.map(([name, stated]) => [name, stated]))).toEqual(defaults)
  })

  it('says what must be set', () => {
    const required = own.filter(([, stated]) => stated === 'must be set').map(([name]) => name)
    expect(required).toEqual(['DATABASE_URL', 'REDIS_URL', 'KAFKA_BOOTSTRAP_SERVERS'])
    expect(() => readConfig({})).toThrow(/^DATABASE_URL: is missing.*\nREDIS_URL: is missing/)
    expect(() => parseKafkaSettings({})).toThrow(/^KAFKA_BOOTSTRAP_SERVERS: is missing/)
  })
})

test.each(Object.entries(POOLS))('operators learn how the pool %s works', (name, { concurrency }) => {
  const row = rowsOf(operations).find(([first, ...rest]) => first === name && rest.length === 4)
  expect(row?.slice(3)).toEqual([String(concurrency), String(QUEUES[name as keyof typeof QUEUES].attempts)])
})

test('every metric is explained, and no other', async () => {
  const counted = new Metrics().registry.getMetricsAsArray().map(({ name }) => name)
  const asked = ['bridge', 'api'].flatMap((app) =>
    readdirSync(join('apps', app)).flatMap((file) =>
      [...read(join('apps', app, file)).matchAll(/\.gauge\(\s*'(\w+)'/g)].map(([, name]) => name!),
    ),
  )
  const explained = rowsOf(operations).flatMap(([name = '']) => /^laurel_\w+/.exec(name)?.[0] ?? [])
  const own = [...counted, ...asked].filter((name) => name.startsWith('laurel_'))
  expect(explained.toSorted()).toEqual(own.toSorted())
})

describe.each(['self-hosted', 'msk-iam', 'confluent', 'event-hubs'] satisfies KafkaPreset[])(
  '%s',
  (preset) => {
    it('has the times that are used', () => {
      const settings = { preset, brokers: ['a:1'], clientId: 'laurel', tls: null, sasl: null }
      const { connectionTimeout, requestTimeout } = clientOptions(settings)
      const { sessionTimeout } = consumerOptions(settings)
      const seconds = [connectionTimeout, requestTimeout, sessionTimeout].map((ms) => String(ms! / 1_000))
      const row = rowsOf(kafka).find(([name = '']) => name.startsWith(preset))
      expect(row?.slice(3)).toEqual(seconds)
    })

    it('has settings that are accepted', () => {
      const blocks = [...kafka.matchAll(/^```bash\n(KAFKA_[\s\S]*?)^```$/gm)].map(([, block]) =>
        settingsIn(block!),
      )
      const given = blocks.find(({ KAFKA_PRESET = 'self-hosted' }) => KAFKA_PRESET === preset)
      expect(Object.keys(given ?? {}).filter((name) => !isKafkaVariable(name))).toEqual([])
      expect(parseKafkaSettings(given ?? {}).preset).toBe(preset)
    })
  },
)

/** What a block of shell sets; files are replaced by one that is there. */
function settingsIn(block: string): Record<string, string> {
  const lines = [...block.matchAll(/^([A-Z_]+)=(\S+)/gm)].map(([, name, value]) => [
    name!,
    name!.endsWith('_FILE') ? 'package.json' : value!.replaceAll("'", ''),
  ])
  return Object.fromEntries(lines)
}
