import { expect, test } from 'vitest'
import type { Event } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { identity, instant, TELCO } from './telco.ts'

const HOUR = 3_600_000
const TYPES = ['recharge', 'app_login', 'data_usage', 'kyc_update', 'fee']

test('the game of a busy customer of the starter program stays far below 2 KB, where PostgreSQL would move it out of its row', () => {
  const start = instant('2026-01-01 00:00')
  const events = Array.from({ length: 4_000 }, (_, i): Event => {
    const type = TYPES[i % TYPES.length]!
    return {
      at: start + i * 2 * HOUR,
      identity: identity(i),
      type,
      source: 'in',
      value: 9_999_999_999,
      payload: '{}',
    }
  })
  const { state, checkpoints } = foldAll(NEW_GAME, events, TELCO)
  for (const each of [state, ...checkpoints]) expect(JSON.stringify(each).length).toBeLessThan(1_000)
})
