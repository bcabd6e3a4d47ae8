import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listActions } from '#store/actions.ts'
import { listFailures } from '#store/failure-filter.ts'
import { recordFix } from '#store/failures.ts'
import { Installation, until } from '../support/installation.ts'

let installation: Installation
let program: string
beforeAll(async () => {
  program = mkdtempSync(join(tmpdir(), 'laurel-program-'))
  cpSync('programs/telco', program, { recursive: true })
  appendFileSync(join(program, 'sources.yaml'), '  fax: { enabled: false }\n')
  installation = await Installation.create({ PROGRAM_DIRECTORY: program })
  await Promise.all([installation.startAll(), installation.startApi()])
})
afterAll(async () => {
  await installation.stop()
  rmSync(program, { recursive: true })
})

interface Profile {
  readonly wallets: { readonly points: { readonly balance: number } }
  readonly badges: readonly { readonly rule: string }[]
  readonly ranks: Readonly<Record<string, { readonly rank: number } | null>>
}

const profile = (id: string) =>
  installation.ask<Profile>(`/v1/customers/${encodeURIComponent(id)}`).catch(() => undefined)

const recharge = (customer: string, fields: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    customer_id: customer,
    event_type: 'recharge',
    timestamp: new Date().toISOString(),
    value: 100,
    ...fields,
  })

describe('a published event', () => {
  test('of a producer that sends no key and a naive local timestamp is points at the API within two seconds', async () => {
    // What Python's datetime.now().isoformat() writes on this host.
    const now = new Date()
    const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, -1)
    const value = JSON.stringify({
      source: 'in',
      customer_id: '01711000001',
      event_type: 'recharge',
      timestamp: `${local}456`,
      amount: 150,
    })
    await installation.publish([{ topic: 'cdr-events', value: recharge('+8801711000000') }])
    await until(async () => (await profile('+8801711000000')) !== undefined, 20_000)
    const begun = Date.now()
    await installation.publish([{ topic: 'cdr-events', value }])
    await until(async () => (await profile('+8801711000001'))?.wallets.points.balance === 15, 10_000)
    expect(Date.now() - begun).toBeLessThan(2_000)
    await until(async () => (await profile('008801711000001'))?.ranks['points-all']?.rank === 1, 5_000)
    expect((await profile('8801711000001'))?.badges.map(({ rule }) => rule)).toEqual(['first-recharge'])
  })

  test('exactly as in the brief passes, with and without a source', async () => {
    const crm = '4b3c2d1e-0000-4000-8000-000000000001'
    await installation.publish([
      {
        topic: 'customer-events',
        value:
          '{"customer_id":"123","event_type":"recharge","timestamp":"2024-01-01T12:00:00Z","amount":50.00}',
      },
      {
        topic: 'crm-events',
        value: `{"source":"crm","customer_id":"${crm}","event_type":"kyc_update","timestamp":"2024-01-01T12:00:00Z"}`,
      },
    ])
    await until(async () => (await profile('123'))?.wallets.points.balance === 5, 10_000)
    await until(async () => (await profile(crm.toUpperCase()))?.wallets.points.balance === 100, 10_000)
  })
})

describe('bad messages, one each', () => {
  const deep = `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`
  const bad: readonly [name: string, code: string, value: string | Buffer][] = [
    ['not JSON', 'JSON_INVALID', 'hello'],
    ['NaN', 'JSON_INVALID', recharge('+8801711000009').replace(':100', ':NaN')],
    ['empty', 'MESSAGE_EMPTY', ''],
    ['a JSON array', 'JSON_NOT_AN_OBJECT', `[${recharge('+8801711000009')}]`],
    ['no customer', 'CUSTOMER_MISSING', recharge('')],
    [
      'a bad timestamp',
      'TIMESTAMP_INVALID',
      recharge('+8801711000009', { timestamp: '2026-02-30T00:00:00Z' }),
    ],
    [
      'the year 2099',
      'TIMESTAMP_IN_FUTURE',
      recharge('+8801711000009', { timestamp: '2099-01-01T00:00:00Z' }),
    ],
    ['over 256 KiB', 'MESSAGE_TOO_LARGE', recharge('+8801711000009', { note: 'x'.repeat(256 * 1024) })],
    ['a source that is switched off', 'SOURCE_DISABLED', recharge('+8801711000009', { source: 'fax' })],
    ['a negative recharge', 'VALUE_NEGATIVE', recharge('+8801711000009', { value: -1 })],
    ['a number as customer', 'CUSTOMER_INVALID', recharge('').replace('""', '8801711000009')],
    ['a NUL character', 'TEXT_HAS_NUL', recharge('+8801711000009', { note: 'a\0b' })],
    ['invalid UTF-8', 'ENCODING_INVALID', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['nesting over 64 levels', 'JSON_TOO_DEEP', recharge('+8801711000009', { note: JSON.parse(deep) })],
  ]

  test('each is a failure that says what to change, and its neighbours count', async () => {
    const neighbours = bad.map((_, i) => `+88017120000${String(i).padStart(2, '0')}`)
    await installation.publish(
      bad.flatMap(([, , value], i) => [
        { topic: 'billing-events', value },
        { topic: 'billing-events', value: recharge(neighbours[i]!) },
      ]),
    )
    await until(
      async () => (await installation.database.sql`select 1 from failures`).length >= bad.length,
      20_000,
    )
    for (const neighbour of neighbours) {
      await until(
        async () => (await profile(neighbour))?.wallets.points.balance === 10,
        10_000,
        () => neighbour,
      )
    }
    const failures = await listFailures(installation.database, { state: 'open' }, 100)
    expect(failures.map(({ code }) => code).toSorted()).toEqual(bad.map(([, code]) => code).toSorted())
    for (const { expected, got } of failures) {
      expect(expected).not.toBe('')
      expect(got).not.toBe('')
      expect(got).not.toContain('8801711000009')
    }
  })

  test('they are found, exported, corrected in many and given up by command', async () => {
    expect(await installation.command('failures', 'list', '--code', 'VALUE_NEGATIVE')).toContain(
      '1 of 1 open failures',
    )
    const exported = (await installation.command('failures', 'export')).trim().split('\n')
    expect(exported.map((line) => JSON.parse(line).code).toSorted()).toEqual(
      bad.map(([, code]) => code).toSorted(),
    )
    const [failure] = await listFailures(installation.database, { code: 'VALUE_NEGATIVE' }, 1)
    const { id, fingerprint } = failure!
    await installation.command('failures', 'assign', fingerprint, '--owner', 'ana', '--note', 'asked billing')
    expect(await installation.command('failures', 'causes')).toContain('asked billing')
    const value = recharge('+8801711000009', { value: 10, event_id: 'corrected' })
    await recordFix(installation.database.sql, id, value, 'ana')
    expect(
      await installation.command('failures', 'retry', '--code', 'VALUE_NEGATIVE', '--by', 'ana'),
    ).toContain('1 of 1 count now.')
    expect((await profile('+8801711000009'))?.wallets.points.balance).toBe(1)
    const discarded = [
      'failures',
      'discard',
      '--code',
      'JSON_TOO_DEEP',
      '--reason',
      'test data',
      '--by',
      'ana',
    ]
    expect(await installation.command(...discarded, '--dry-run')).toContain(
      '1 open failures would be given up',
    )
    expect(await installation.command(...discarded)).toContain('1 given up')
    const actions = await listActions(installation.database.sql, { actor: 'ana' }, 10)
    expect(actions.map(({ action, target, outcome }) => [action, target, outcome])).toEqual([
      ['discard', 'failures: code JSON_TOO_DEEP', '1 given up: test data'],
      ['retry', 'failures: code VALUE_NEGATIVE', '1 of 1 count now: all tried'],
    ])
  }, 120_000)
})
