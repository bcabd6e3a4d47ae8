import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Late } from '#runtime/deadline.ts'
import { Cached } from '../../../apps/api/cached.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test('is read once within its lifetime, and again after it', async () => {
  let count = 0
  const cached = new Cached(async () => ++count, 1_000, 100)
  expect(await Promise.all([cached.get(), cached.get()])).toEqual([1, 1])
  await vi.advanceTimersByTimeAsync(999)
  expect(await cached.get()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(await cached.get()).toBe(2)
})

test('an error is told to who asked, and not kept', async () => {
  const read = vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce('back')
  const cached = new Cached(read, 1_000, 100)
  await expect(cached.get()).rejects.toThrow('away')
  expect(await cached.get()).toBe('back')
})

test('nobody waits longer than its patience, and one reading serves all of them', async () => {
  let finish = (_: string) => {}
  const read = vi.fn(
    () =>
      new Promise<string>((resolve) => {
        finish = resolve
      }),
  )
  const cached = new Cached(read, 1_000, 100)
  for (let i = 0; i < 3; i++) {
    const late = expect(cached.get()).rejects.toThrow(Late)
    await vi.advanceTimersByTimeAsync(100)
    await late
  }
  finish('at last')
  await vi.advanceTimersByTimeAsync(0)
  expect(await cached.get()).toBe('at last')
  expect(read).toHaveBeenCalledTimes(1)
})
