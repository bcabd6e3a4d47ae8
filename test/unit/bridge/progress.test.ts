import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KafkaRecord, Read } from '#stream/consumer.ts'
import { type Job, Progress } from '../../../apps/bridge/progress.ts'

const a0 = { topic: 'a', partition: 0 }
const a1 = { topic: 'a', partition: 1 }
const b0 = { topic: 'b', partition: 0 }

/** @param time of the first record; each comes a millisecond after the one before */
function read(
  place: { topic: string; partition: number },
  from: number,
  to: number,
  { next = to + 1, time = 0, behind = 0 } = {},
): Read {
  const records = Array.from({ length: to - from + 1 }, (_, index): KafkaRecord => {
    return {
      offset: String(from + index),
      timestamp: String(time + index),
      key: null,
      value: Buffer.from('v'),
    }
  })
  return { ...place, records, next: String(next), behind }
}

function progress(limits = { unrecorded: 2, ungamified: 4 }): Progress {
  const state = new Progress(limits)
  state.assign('cluster', [a0, a1, b0])
  return state
}

const spans = (jobs: readonly Job[]) => jobs.map(({ batch }) => batch.key.split('/').slice(0, 3).join('/'))
const marks = (jobs: readonly Job[], gamified = false) =>
  new Map(jobs.map(({ batch }) => [batch.key, { gamified }]))

describe('taking', () => {
  it('makes batches in reading order', () => {
    const state = progress()
    state.read(read(a0, 0, 1_999))
    expect(spans(state.take('a'))).toEqual(['a/0/0-999', 'a/0/1000-1999'])
    expect(state.take('a')).toEqual([])
  })

  it('says of a batch whether another full one lies behind it, read or not', () => {
    const state = progress({ unrecorded: 8, ungamified: 8 })
    state.read(read(a0, 0, 1_499, { behind: 1_000 }))
    const first = state.take('a')
    expect(first.map(({ batch }) => batch.isBehind)).toEqual([true, true])
    state.mark(marks(first))
    state.read(read(a0, 1_500, 2_999, { behind: 499 }))
    expect(state.take('a').map(({ batch }) => batch.isBehind)).toEqual([undefined, undefined])
  })

  it('stops at the topic’s limit of unrecorded batches, and goes on as they are recorded', () => {
    const state = progress()
    state.read(read(a0, 0, 3_999))
    const jobs = state.take('a')
    expect(jobs).toHaveLength(2)
    expect(state.take('a')).toEqual([])
    state.mark(marks(jobs.slice(1)))
    expect(spans(state.take('a'))).toEqual(['a/0/2000-2999'])
  })

  it('stops at the limit of batches that are not gamified', () => {
    const state = progress({ unrecorded: 2, ungamified: 3 })
    state.read(read(a0, 0, 4_999))
    const first = state.take('a')
    state.mark(marks(first))
    const third = state.take('a')
    expect(third).toHaveLength(1)
    state.mark(marks(third))
    expect(state.take('a')).toEqual([])
    state.mark(marks(first, true))
    expect(state.take('a')).toHaveLength(2)
  })

  it('does not let one topic wait for another', () => {
    const state = progress()
    state.read(read(a0, 0, 3_999))
    state.take('a')
    state.read(read(b0, 0, 0))
    expect(spans(state.take('b'))).toEqual(['b/0/0-0'])
  })

  it('shares a topic’s limit between its partitions', () => {
    const state = progress()
    state.read(read(a0, 0, 3_999))
    state.read(read(a1, 0, 3_999))
    expect(spans(state.take('a'))).toEqual(['a/0/0-999', 'a/1/0-999'])
  })

  it('goes on with the partition whose next record is the oldest', () => {
    const state = progress({ unrecorded: 8, ungamified: 8 })
    state.read(read(a0, 0, 2_999, { time: 800 }))
    state.read(read(a1, 0, 2_999))
    const order = [
      'a/1/0-999',
      'a/0/0-999',
      'a/1/1000-1999',
      'a/0/1000-1999',
      'a/1/2000-2999',
      'a/0/2000-2999',
    ]
    expect(spans(state.take('a'))).toEqual(order)
  })

  it('keeps a place for those that wait behind a partition whose records are older for ever', () => {
    const state = progress({ unrecorded: 3, ungamified: 8 })
    state.read(read(a0, 0, 3_999))
    state.read(read(a1, 0, 999, { time: 1e12 }))
    expect(spans(state.take('a'))).toEqual(['a/0/0-999', 'a/0/1000-1999', 'a/1/0-999'])
  })

  it('has one batch unrecorded, and two not gamified, where it leaves room for other topics', () => {
    const state = progress({ unrecorded: 8, ungamified: 64 })
    state.read(read(a0, 0, 9_999))
    const first = state.take('a', true)
    expect(spans(first)).toEqual(['a/0/0-999'])
    expect(state.take('a', true)).toEqual([])
    state.mark(marks(first))
    const second = state.take('a', true)
    expect(spans(second)).toEqual(['a/0/1000-1999'])
    state.mark(marks(second))
    expect(state.take('a', true)).toEqual([])
    state.mark(marks(first, true))
    expect(spans(state.take('a', true))).toEqual(['a/0/2000-2999'])
    expect(state.take('a')).toHaveLength(7)
  })

  it('knows a topic that is far behind by what waits and what Kafka still has, of all its partitions', () => {
    const state = progress()
    state.read(read(a0, 0, 1_999, { next: 2_000, behind: 3_000 }))
    expect(state.isFarBehind('a')).toBe(false)
    state.read(read(a1, 0, 999, { next: 1_000, behind: 2_000 }))
    expect(state.isFarBehind('a')).toBe(true)
    expect(state.isFarBehind('b')).toBe(false)
    state.take('a')
    expect(state.isFarBehind('a')).toBe(false)
    state.read(read(a1, 1_000, 1_000, { next: 1_002, behind: 8_000 }))
    expect(state.isFarBehind('a')).toBe(true)
    state.read(read(a1, 1_002, 1_002, { next: 1_004, behind: 0 }))
    expect(state.isFarBehind('a')).toBe(false)
  })

  it('gathers small portions into full batches while three of a topic are unrecorded', () => {
    const state = progress({ unrecorded: 8, ungamified: 64 })
    for (const offset of [0, 1, 2, 3, 4]) state.read(read(a0, offset, offset))
    state.read(read(b0, 0, 0))
    state.take('a')
    for (let offset = 5; offset < 10; offset++) {
      state.read(read(a0, offset, offset))
      state.take('a')
    }
    expect(state.counts().get('a')).toMatchObject({ waiting: 3, unrecorded: 3 })
    expect(spans(state.take('b'))).toEqual(['b/0/0-0'])
    state.read(read(a1, 0, 1_999))
    expect(spans(state.take('a'))).toEqual(['a/1/0-999', 'a/1/1000-1999'])
  })

  it('gathers what comes in small portions while it waits', () => {
    const state = progress()
    for (const offset of [0, 1]) {
      state.read(read(a0, offset, offset))
      state.take('a')
    }
    for (const offset of [2, 3, 4]) {
      state.read(read(a0, offset, offset))
      expect(state.take('a')).toEqual([])
    }
    state.mark(new Map(state.keys().map((key) => [key, { gamified: true }])))
    expect(spans(state.take('a'))).toEqual(['a/0/2-4'])
  })
})

describe('committing', () => {
  const opened = () => {
    const state = progress({ unrecorded: 8, ungamified: 8 })
    // The last offset was a transaction's marker: what is committed lies behind it.
    state.read(read(a0, 200, 3_199, { next: 3_202 }))
    return { state, jobs: state.take('a') }
  }

  it('goes as far as everything is recorded', () => {
    const { state, jobs } = opened()
    expect(state.committable()).toEqual([])
    state.mark(marks(jobs.slice(1)))
    expect(state.committable()).toEqual([])
    state.mark(marks(jobs.slice(0, 1)))
    expect(state.committable()).toEqual([{ ...a0, offset: '3202' }])
  })

  it('stops before the first batch that is not', () => {
    const { state, jobs } = opened()
    state.mark(marks(jobs.slice(0, 1)))
    expect(state.committable()).toEqual([{ ...a0, offset: '1200' }])
    state.mark(marks(jobs.slice(2)))
    expect(state.committable()).toEqual([{ ...a0, offset: '1200' }])
  })

  it('is done once for each advance', () => {
    const { state, jobs } = opened()
    state.mark(marks(jobs.slice(0, 1)))
    state.committed(state.committable())
    expect(state.committable()).toEqual([])
    state.mark(marks(jobs.slice(0, 1), true))
    expect(state.committable()).toEqual([])
  })

  it('never goes back, in whatever order recorded batches are gamified', () => {
    const { state, jobs } = opened()
    state.mark(marks(jobs))
    state.committed(state.committable())
    state.mark(marks(jobs.slice(1), true))
    state.mark(marks(jobs.slice(0, 1), true))
    expect(state.committable()).toEqual([])
  })

  it('says whether marks told anything new', () => {
    const { state, jobs } = opened()
    expect(state.mark(marks(jobs))).toBe(true)
    expect(state.mark(marks(jobs))).toBe(false)
    expect(state.mark(marks(jobs, true))).toBe(true)
    expect(state.mark(new Map([['unknown', { gamified: true }]]))).toBe(false)
    expect(state.keys()).toEqual([])
  })
})

describe('adding again', () => {
  it('concerns what Redis was given and PostgreSQL has not recorded', () => {
    const state = progress()
    state.read(read(a0, 0, 1_999))
    const jobs = state.take('a')
    expect(state.unrecorded(10)).toEqual([])
    state.added(jobs, 10)
    expect(state.unrecorded(9)).toEqual([])
    expect(state.unrecorded(10)).toEqual(jobs)
    state.mark(marks(jobs.slice(0, 1)))
    expect(state.unrecorded(10)).toEqual(jobs.slice(1))
  })

  it('counts attempts, and forgets the former ones', () => {
    const state = progress()
    state.read(read(a0, 0, 0))
    const first = state.take('a')
    state.added(first, 0)
    const second = state.again(first)
    expect(second.map(({ attempt }) => attempt)).toEqual([1])
    expect(state.again(first)).toEqual([])
    expect(state.wanted([...first, ...second])).toEqual(second)
    expect(state.unrecorded(0)).toEqual([])
    state.mark(marks(first))
    expect(state.wanted(second)).toEqual([])
  })
})

describe('partitions', () => {
  it('are full while a batch of theirs waits', () => {
    const state = progress({ unrecorded: 0, ungamified: 0 })
    state.read(read(a0, 0, 998))
    expect(state.full()).toEqual([])
    state.read(read(a0, 999, 999))
    expect(state.full()).toMatchObject([a0])
    const large = { offset: '0', timestamp: '0', key: null, value: Buffer.alloc(1 << 20) }
    state.read({ ...b0, records: [large], next: '1', behind: 0 })
    expect(state.full()).toMatchObject([a0, b0])
  })

  it('that stay ours go on where they were; others are forgotten', () => {
    const state = progress()
    state.read(read(a0, 0, 9))
    state.read(read(b0, 0, 9))
    const [a] = state.take('a')
    const [b] = state.take('b')
    expect(state.assign('cluster', [a0, a1])).toEqual([{ ...a0, offset: '10' }])
    expect(state.wanted([a!, b!])).toEqual([a])
    state.mark(marks([a!, b!]))
    expect(state.committable()).toEqual([{ ...a0, offset: '10' }])
    expect(state.read(read(b0, 10, 10))).toBe('not ours')
    expect(state.assign('cluster', [a0, b0])).toEqual([{ ...a0, offset: '10' }])
  })

  it('of another cluster are others', () => {
    const state = progress()
    state.read(read(a0, 0, 9))
    state.take('a')
    expect(state.assign('another', [a0])).toEqual([])
    expect(state.keys()).toEqual([])
  })

  it('begin again where an offset comes that was read before', () => {
    const state = progress()
    state.read(read(a0, 10, 19))
    const [before] = state.take('a')
    expect(state.read(read(a0, 0, 4))).toBe('began again')
    expect(state.wanted([before!])).toEqual([])
    const again = state.take('a')
    state.mark(marks(again))
    expect(state.committable()).toEqual([{ ...a0, offset: '5' }])
  })

  it('are nobody’s after forgetting', () => {
    const state = progress()
    state.read(read(a0, 0, 9))
    state.forget()
    expect(state.take('a')).toEqual([])
    expect(state.read(read(a0, 10, 11))).toBe('not ours')
    expect(state.counts()).toEqual(new Map())
  })
})

it('counts by topic', () => {
  const state = progress()
  state.read(read(a0, 0, 3_999))
  state.read(read(b0, 0, 0))
  const jobs = state.take('a')
  state.mark(marks(jobs.slice(0, 1)))
  expect(state.counts()).toEqual(
    new Map([
      ['a', { waiting: 2_000, unrecorded: 1, ungamified: 1 }],
      ['b', { waiting: 1, unrecorded: 0, ungamified: 0 }],
    ]),
  )
})

describe('whatever happens', () => {
  const places = [a0, a1, b0]
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('read' as const),
        place: fc.nat(2),
        count: fc.integer({ min: 1, max: 1_200 }),
      }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('take' as const), place: fc.nat(2) }) },
    {
      weight: 8,
      arbitrary: fc.record({ do: fc.constant('mark' as const), which: fc.nat(30), gamified: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('assign' as const), ours: fc.subarray([0, 1, 2]) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('back' as const), place: fc.nat(2) }) },
  )

  it('a committable offset never passes an unrecorded message, and no message is left out of the batches', {
    timeout: 30_000,
  }, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const limits = { unrecorded: 3, ungamified: 6 }
        const state = progress(limits)
        // What PostgreSQL has, what was committed, and where a reader goes on: as the world outside knows it.
        const recorded = new Set<string>()
        const committed = new Map<number, number>()
        const position = new Map<number, number>()
        const handed: Job[] = []
        let ours = [0, 1, 2]

        for (const now of steps) {
          if (now.do === 'read' && ours.includes(now.place)) {
            const from = position.get(now.place) ?? committed.get(now.place) ?? 0
            state.read(read(places[now.place]!, from, from + now.count - 1))
            position.set(now.place, from + now.count)
          } else if (now.do === 'take') {
            const { topic } = places[now.place]!
            handed.push(...state.take(topic))
            const { unrecorded, ungamified } = state.counts().get(topic) ?? { unrecorded: 0, ungamified: 0 }
            expect(unrecorded).toBeLessThanOrEqual(limits.unrecorded)
            expect(unrecorded + ungamified).toBeLessThanOrEqual(limits.ungamified)
          } else if (now.do === 'mark' && handed.length > 0) {
            const { batch } = handed[now.which % handed.length]!
            for (const { offset } of batch.messages)
              recorded.add(`${batch.topic}/${batch.partition}/${offset}`)
            state.mark(new Map([[batch.key, { gamified: now.gamified }]]))
          } else if (now.do === 'assign') {
            const kept = new Map(
              state
                .assign(
                  'cluster',
                  now.ours.map((index) => places[index]!),
                )
                .map((at) => [`${at.topic}/${at.partition}`, Number(at.offset)]),
            )
            ours = now.ours
            for (const [index, { topic, partition }] of places.entries()) {
              const at = kept.get(`${topic}/${partition}`)
              if (at === undefined) position.delete(index)
              else {
                // A reader that was set back is sent where it had been: what it had read is still held.
                expect(position.get(index) ?? at).toBe(at)
                position.set(index, at)
              }
            }
          } else if (now.do === 'again') {
            state.added(handed, 0)
            handed.push(...state.again(state.unrecorded(0)))
          } else if (now.do === 'back' && ours.includes(now.place)) {
            position.delete(now.place)
          }

          for (const { topic, partition, offset } of state.committable()) {
            const index = places.findIndex((place) => place.topic === topic && place.partition === partition)
            for (let at = committed.get(index) ?? 0; at < Number(offset); at++)
              expect(recorded).toContain(`${topic}/${partition}/${at}`)
            committed.set(index, Number(offset))
          }
          state.committed(state.committable())
        }
      }),
      { numRuns: 1000 },
    )
  })
})
