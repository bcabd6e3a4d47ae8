import { describe, expect, test } from 'vitest'
import { describeRejection } from '#domain/failure.ts'
import { maskAnswer, maskContent, maskText } from '../../../apps/ops/mask.ts'

describe('in a text', () => {
  test.each([
    ['call +8801700000042 now', 'call +88017••••0042 now'],
    ['8801700000042', '88017••••0042'],
    ['+880 1700-000042', '+880 170••••0042'],
    ['(0171) 234 5678', '(0171) ••••5678'],
    ['0171.234.5678', '0171.••••5678'],
    ['০১৭১২৩৪৫৬৭৮', '০১৭••••৫৬৭৮'],
    ['1234567', '•••••67'],
  ])('%s is masked', (text, masked) => {
    expect(maskText(text).replaceAll(/•+/g, '••••')).toBe(masked.replaceAll(/•+/g, '••••'))
    expect(maskText(text)).not.toBe(text)
  })

  test.each([
    '2026-11-24T11:20:45.123Z retried',
    '2026-11-24 11:20',
    'amount 12345.67',
    'billing-events/2 · 1200–1699 · 500',
    'failure-17-1',
    '127.0.0.1',
    'TIMESTAMP_INVALID · billing · +88017••••0042',
  ])('%s stays', (text) => {
    expect(maskText(text)).toBe(text)
  })

  test.each([
    ['/name', '"Rahim Uddin"', 'got ••••)'],
    ['/customer_id', '"Rahim"', 'got ••••)'],
    ['', '{"name":"Rahim (the first)', 'got ••••)'],
    ['/metadata', '{"name":"Rahim"}', 'got ••••)'],
    ['/metadata/contactName', '"Rahim"', 'got ••••)'],
    ['/amount', '-5', 'got -5)'],
    ['/timestamp', '"yesterday, +8801700000042"', 'got "yesterday, +88017••••0042")'],
  ])('a reason that is about %s hides what tells who it was', (pointer, got, masked) => {
    const reason = describeRejection({ code: 'TIMESTAMP_INVALID', pointer, expected: 'something', got })
    expect(maskText(reason)).toContain(masked)
    const logged = `2026-11-24T11:20:45.123Z retried: ${reason}\n`
    expect(maskText(logged)).toContain(masked)
    expect(maskText(logged)).not.toContain('Rahim')
    expect(maskText(reason)).toContain('To do: ')
  })
})

describe('in what a job holds', () => {
  test('fields that tell who somebody is are hidden, the others stay', () => {
    expect(
      maskContent({
        customer_id: '+8801700000042',
        subscriberId: 8801700000042,
        msisdn: '123',
        name: 'Rahim',
        first_name: 'Rahim',
        lastName: 'Uddin',
        full_name: null,
        email: 'rahim@example.com',
        address: { street: 'Road 5', lines: ['House 7'] },
        event_type: 'recharge',
        timestamp: '2026-11-24T11:20:45Z',
        amount: 150,
        note: 'ask 01700000042',
        '+8801700000042': true,
        since: 1_764_000_000_000,
      }),
    ).toEqual({
      customer_id: '+88017••••0042',
      subscriberId: '88017••••0042',
      msisdn: '•••',
      name: '••••',
      first_name: '••••',
      lastName: '••••',
      full_name: null,
      email: '••••',
      address: { street: '••••', lines: ['••••'] },
      event_type: 'recharge',
      timestamp: '2026-11-24T11:20:45Z',
      amount: 150,
      note: 'ask 017••••0042',
      '+88017••••0042': true,
      since: '17640••••0000',
    })
  })

  test('an id that is no number is hidden as a whole', () => {
    expect(maskContent({ customer_id: 'rahim.uddin.of.dhaka' })).toEqual({ customer_id: '••••' })
  })

  test('an event as it was sent is read', () => {
    const value = '{"customer_id":"+8801700000042","metadata":{"name":"Rahim"},"amount":5}'
    expect(maskContent({ messages: [{ offset: '1', value }] })).toEqual({
      messages: [
        { offset: '1', value: '{"customer_id":"+88017••••0042","metadata":{"name":"••••"},"amount":5}' },
      ],
    })
  })

  test.each(['{"name":"Rahim","amount":NaN}', 'x "name": "Rahim"', '{"name":"Rahim'])(
    'one that is no JSON is hidden: %s',
    (fix) => {
      expect(maskContent({ fix })).toEqual({ fix: `•••• (${fix.length} characters that are no JSON)` })
    },
  )

  test('bytes are hidden', () => {
    expect(maskContent({ value: { base64: 'UmFoaW0=' } })).toEqual({ value: { base64: '••••' } })
  })
})

test('a large text that is made to take long is masked at once', () => {
  const begun = performance.now()
  for (const part of ['A', 'A: ', ' (expected ', ', got ', '). To do: ', '1-', '1.', '" ']) {
    maskContent({ fix: part.repeat(262_144 / part.length) })
  }
  expect(performance.now() - begun).toBeLessThan(5_000)
})

test("in an answer the board's own numbers, names and ids stay, so that its page works", () => {
  const job = {
    id: 'failure-1234567-1',
    timestamp: 1_764_000_000_000,
    name: 'X · +8801700000042',
    failedReason: 'of 8801700000042',
    stacktrace: ['of 8801700000042'],
    data: { timestamp: 1_764_000_000_000 },
    returnValue: { event: 8801700000042 },
    opts: { jobId: '8801700000042' },
  }
  const queue = { name: 'failed-events', counts: { failed: 12_345_678 }, jobs: [job] }
  expect(maskAnswer({ queues: [queue], logs: ['of 8801700000042'] })).toEqual({
    queues: [
      {
        ...queue,
        jobs: [
          {
            id: 'failure-1234567-1',
            timestamp: 1_764_000_000_000,
            name: 'X · +88017••••0042',
            failedReason: 'of 88017••••0042',
            stacktrace: ['of 88017••••0042'],
            data: { timestamp: '17640••••0000' },
            returnValue: { event: '88017••••0042' },
            opts: { jobId: '88017••••0042' },
          },
        ],
      },
    ],
    logs: ['of 88017••••0042'],
  })
})
