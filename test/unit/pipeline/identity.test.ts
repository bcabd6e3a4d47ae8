import { describe, expect, test } from 'vitest'
import type { IdentityClaim } from '#domain/event.ts'
import type { Message } from '#domain/message.ts'
import { coordinates, fingerprintOf, identityOf, maskedId, messageIdentity } from '#pipeline/identity.ts'

/** A UUID of version 8 and the variant of RFC 9562. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const claim = (kind: IdentityClaim['kind'], id: string): IdentityClaim => ({ kind, id })

describe('the identity of an event', () => {
  test('is a UUID, and the same in every release: stored events are told apart by it', () => {
    expect(identityOf('crm', claim('event_id', 'e-1'))).toBe('8ac2f2f2-09f1-8c6d-8938-8a22abfe3769')
    expect(identityOf('crm', claim('content', '{"a":1}'))).toBe('c4695c3e-37d0-8dea-920c-a04ae37b533b')
  })

  test('is well-formed whatever the id is', () => {
    for (let i = 0; i < 200; i++) expect(identityOf('crm', claim('event_id', String(i)))).toMatch(UUID)
    expect(identityOf('', claim('request', ''))).toMatch(UUID)
    expect(identityOf('crm', claim('content', '€'.repeat(100_000)))).toMatch(UUID)
  })

  test('differs by source, by kind and by id', () => {
    const identities = [
      identityOf('crm', claim('event_id', 'e-1')),
      identityOf('app', claim('event_id', 'e-1')),
      identityOf('crm', claim('event_id', 'e-2')),
      identityOf('crm', claim('event_id', 'E-1')),
      identityOf('crm', claim('offset', 'e-1')),
      identityOf('crm', claim('webhook_id', 'e-1')),
      identityOf('crm', claim('request', 'e-1')),
      identityOf('crm', claim('content', 'e-1')),
      messageIdentity(claim('offset', 'e-1')),
      fingerprintOf('e-1'),
    ]
    expect(new Set(identities).size).toBe(identities.length)
  })
})

describe('a masked id', () => {
  const rafi = { kind: 'msisdn', value: '+8801700000042' } as const
  const id = maskedId('key', 42, rafi)

  test('is the same in every release, and shows nothing: no digits, and nothing that an alias can be', () => {
    expect(id).toBe('#jsbnlndldj')
    for (let i = 0; i < 200; i++) expect(maskedId('key', i, rafi)).toMatch(/^#[bcdfghjklmnpqrst]{10}$/)
  })

  test('differs by installation, by customer and by subject', () => {
    const others = [
      maskedId('other key', 42, rafi),
      maskedId('key', 43, rafi),
      maskedId('key', 42, { ...rafi, value: '+8801700000043' }),
      maskedId('key', 42, { ...rafi, kind: 'other' }),
    ]
    expect(new Set([id, ...others]).size).toBe(5)
  })
})

describe('the coordinates of a message', () => {
  const message: Message = { offset: '1200', timestamp: 1_700_000_000_000, value: '{"a":1}' }
  const of = (change: Partial<Message> = {}, cluster = 'c', topic = 't', partition = 0) =>
    coordinates(cluster, topic, partition, { ...message, ...change })

  test('are where it stands, when it was written, and what it says', () => {
    expect(of()).toEqual({ kind: 'offset', id: 'c/t/0/1200/1700000000000/015abd7f5cc57a2d' })
  })

  test('do not depend on key and headers', () => {
    expect(of({ key: 'k', headers: [['h', 'v']] })).toEqual(of())
  })

  test('differ in each of these', () => {
    const ids = [
      of(),
      of({ offset: '1201' }),
      of({ timestamp: 1 }),
      of({ value: '{"a":2}' }),
      of({ value: null }),
      of({}, 'd'),
      of({}, 'c', 'u'),
      of({}, 'c', 't', 1),
    ].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('look at bytes, however these travel', () => {
    const base64 = Buffer.from('{"a":1}').toString('base64')
    expect(of({ value: { base64 } })).toEqual(of())
    expect(of({ value: { base64: '/w==' } })).not.toEqual(of({ value: '/w==' }))
    expect(of({ value: null })).toEqual(of({ value: '' }))
  })
})
