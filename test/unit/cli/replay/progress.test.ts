import { describe, expect, test } from 'vitest'
import type { Batch } from '#domain/message.ts'
import { Progress } from '../../../../apps/cli/replay/progress.ts'

const range = (partition: number, start: string, end: string) => ({ topic: 't', partition, start, end })

/** A batch of one partition: offsets with their times. */
function batch(partition: number, ...messages: readonly [offset: number, timestamp: number][]): Batch {
  return {
    key: 'k',
    cluster: 'c',
    topic: 't',
    partition,
    messages: messages.map(([offset, timestamp]) => ({ offset: String(offset), timestamp, value: null })),
  }
}

describe('what a replay has found', () => {
  test('is counted', () => {
    const progress = new Progress(0, [range(0, '10', '20'), range(1, '0', '5')])
    progress.add(batch(0, [10, 1], [11, 2]), ['accepted', 'failed'])
    progress.add(batch(0, [12, 3]), ['duplicate'])
    expect(progress).toMatchObject({ read: 3 })
    expect(progress.describe()).toBe('1 new, 1 duplicates, 1 failed')
    expect(progress.total()).toBe(15)
  })
})

describe('where to go on', () => {
  test('is the beginning while some partition has not been read at all', () => {
    const progress = new Progress(1_000, [range(0, '0', '10'), range(1, '0', '10')])
    progress.add(batch(0, [0, 5_000]), ['accepted'])
    expect(progress.resume()).toBe(1_000)
  })

  test('is the earliest of what was recorded last, of partitions that are not at their end', () => {
    const progress = new Progress(1_000, [
      range(0, '0', '10'),
      range(1, '0', '10'),
      range(2, '0', '2'),
      range(3, '7', '7'),
    ])
    progress.add(batch(0, [0, 4_000], [1, 6_000]), ['accepted', 'accepted'])
    progress.add(batch(1, [0, 5_000]), ['accepted'])
    progress.add(batch(2, [0, 1_500], [1, 2_000]), ['accepted', 'accepted'])
    expect(progress.resume()).toBe(5_000)
  })

  test('is never before the beginning, nor at a time that cannot be written', () => {
    const early = new Progress(1_000, [range(0, '0', '10')])
    early.add(batch(0, [0, 500]), ['accepted'])
    expect(early.resume()).toBe(1_000)
    const absurd = new Progress(1_000, [range(0, '0', '10')])
    absurd.add(batch(0, [0, 9e18]), ['accepted'])
    expect(absurd.resume()).toBe(1_000)
  })
})
