import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { calmRequestQueue } from '#stream/request-queue.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('is looked at again only while it holds requests back', () => {
  calmRequestQueue()
  calmRequestQueue()
  const queue: RequestQueue = Object.create(RequestQueue.prototype, {
    pending: { value: [] },
    throttledUntil: { value: -1 },
    throttleCheckTimeoutId: { value: null, writable: true },
  })
  queue.scheduleCheckPendingRequests()
  expect(vi.getTimerCount()).toBe(0)
  queue.pending.push('a request')
  queue.scheduleCheckPendingRequests()
  expect(vi.getTimerCount()).toBe(1)
})
