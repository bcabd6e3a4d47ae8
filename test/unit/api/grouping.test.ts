import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Delivery } from '#pipeline/delivery.ts'
import type { Verdict } from '#pipeline/normalization.ts'
import { Late } from '#runtime/deadline.ts'
import { Grouping, type GroupingLimits, Overloaded } from '../../../apps/api/grouping.ts'

const LIMITS: GroupingLimits = { pause: 5, messages: 10, parallel: 2, waiting: 50, patience: 1_000 }

const delivery = (name: string): Delivery => ({
  message: { offset: '0', timestamp: 0, value: name },
  origin: {
    source: 'app',
    bound: true,
    arrival: 0,
    headerId: undefined,
    fallback: () => ({ kind: 'request', id: name }),
  },
})
const deliveries = (name: string, count = 1) =>
  Array.from({ length: count }, (_, i) => delivery(`${name}${count === 1 ? '' : i}`))
const verdictOf = ({ message }: Delivery): Verdict => ({
  status: 'accepted',
  event: String(message.value),
  warnings: [],
})

/** A store that is done with a group when the test says so. */
class Store {
  readonly groups: { readonly size: number; finish: () => void; fail: (error: Error) => void }[] = []

  record = (group: readonly Delivery[]): Promise<readonly Verdict[]> =>
    new Promise((resolve, reject) => {
      this.groups.push({
        size: group.length,
        finish: () => resolve(group.map(verdictOf)),
        fail: reject,
      })
    })

  get sizes(): number[] {
    return this.groups.map(({ size }) => size)
  }
}

let store: Store
let grouping: Grouping

beforeEach(() => {
  vi.useFakeTimers()
  store = new Store()
  grouping = new Grouping(store.record, LIMITS)
})

afterEach(() => {
  vi.useRealTimers()
})

const events = (verdicts: readonly Verdict[]) =>
  verdicts.map((each) => (each.status === 'failed' ? '' : each.event))

describe('requests', () => {
  test('that arrive within the pause go together, and each gets its own verdicts', async () => {
    const first = grouping.add(deliveries('a', 2))
    await vi.advanceTimersByTimeAsync(4)
    const second = grouping.add(deliveries('b'))
    expect(store.sizes).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(store.sizes).toEqual([3])
    store.groups[0]!.finish()
    expect(events(await first)).toEqual(['a0', 'a1'])
    expect(events(await second)).toEqual(['b'])
  })

  test('do not wait once a group is complete', () => {
    void grouping.add(deliveries('a', 6))
    void grouping.add(deliveries('b', 4))
    expect(store.sizes).toEqual([10])
  })

  test('are never divided, however many messages they bring', () => {
    void grouping.add(deliveries('a', 3))
    void grouping.add(deliveries('b', 25))
    expect(store.sizes).toEqual([3, 25])
  })

  test('that come while the store has enough in hand make larger groups', async () => {
    void grouping.add(deliveries('a', 10))
    void grouping.add(deliveries('b', 10))
    for (const name of ['c', 'd', 'e']) {
      void grouping.add(deliveries(name, 3))
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(store.sizes).toEqual([10, 10])
    store.groups[0]!.finish()
    await vi.advanceTimersByTimeAsync(0)
    expect(store.sizes).toEqual([10, 10, 9])
  })

  test('of a group that fails all fail, and the next group does not', async () => {
    const group = [grouping.add(deliveries('a')), grouping.add(deliveries('b'))]
    const failed = Promise.all(group.map((each) => expect(each).rejects.toThrow('no store')))
    await vi.advanceTimersByTimeAsync(5)
    store.groups[0]!.fail(new Error('no store'))
    await failed
    const next = grouping.add(deliveries('c'))
    await vi.advanceTimersByTimeAsync(5)
    store.groups[1]!.finish()
    expect(events(await next)).toEqual(['c'])
  })

  test('are refused where too many messages wait, and taken again afterwards', async () => {
    for (let i = 0; i < 2; i++) void grouping.add(deliveries('a', 10))
    for (let i = 0; i < 5; i++) void grouping.add(deliveries('b', 10))
    await expect(grouping.add(deliveries('c'))).rejects.toThrow(Overloaded)
    store.groups[0]!.finish()
    await vi.advanceTimersByTimeAsync(0)
    void grouping.add(deliveries('d'))
    expect(store.sizes).toEqual([10, 10, 10])
  })

  test('that are larger than what may wait are taken where nothing waits', () => {
    void grouping.add(deliveries('a', 60))
    expect(store.sizes).toEqual([60])
  })

  test('are given up after a while, and not stored where the store had not begun', async () => {
    const inHand = [grouping.add(deliveries('a', 10)), grouping.add(deliveries('b', 10))]
    const waiting = grouping.add(deliveries('c', 3))
    const late = Promise.all([...inHand, waiting].map((each) => expect(each).rejects.toThrow(Late)))
    await vi.advanceTimersByTimeAsync(1_000)
    await late
    store.groups[0]!.finish()
    const next = grouping.add(deliveries('d'))
    await vi.advanceTimersByTimeAsync(5)
    expect(store.sizes).toEqual([10, 10, 1])
    store.groups[2]!.finish()
    expect(events(await next)).toEqual(['d'])
  })
})

test('draining stores what waits without a pause, and waits for it', async () => {
  const verdicts = grouping.add(deliveries('a'))
  let isDrained = false
  const drained = grouping.drain().then(() => {
    isDrained = true
  })
  expect(store.sizes).toEqual([1])
  await vi.advanceTimersByTimeAsync(0)
  expect(isDrained).toBe(false)
  store.groups[0]!.finish()
  await drained
  expect(events(await verdicts)).toEqual(['a'])
})
