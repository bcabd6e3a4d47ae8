import { expect, it } from 'vitest'
import { unread } from '#stream/admin.ts'

it.each([
  [{ low: '0', high: '10' }, null, 10],
  [{ low: '4', high: '10' }, null, 6],
  [{ low: '4', high: '10' }, '2', 6],
  [{ low: '0', high: '10' }, '7', 3],
  [{ low: '0', high: '10' }, '10', 0],
  // A topic made anew may end before what was committed of the former.
  [{ low: '0', high: '10' }, '25', 0],
  [{ low: '9007199254740993', high: '9007199254740999' }, '9007199254740994', 5],
])('of %o from %s on, %i are unread', (watermarks, position, count) => {
  expect(unread(watermarks, position)).toBe(count)
})
