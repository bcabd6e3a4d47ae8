import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findKillers } from '#pipeline/halving.ts'

/** Finds them among 0 … n-1, and counts the checks that did not come back. */
async function find(count: number, killers: ReadonlySet<number>) {
  let deaths = 0
  const items = Array.from({ length: count }, (_, i) => i)
  const found = await findKillers(items, async (some) => {
    const survives = !some.some((item) => killers.has(item))
    if (!survives) deaths++
    return survives
  })
  return { found, deaths }
}

describe('finding what a check does not survive', () => {
  test.each<[string, number, number[]]>([
    ['nothing among nothing', 0, []],
    ['nothing among harmless ones', 500, []],
    ['the only one', 1, [0]],
    ['the first', 500, [0]],
    ['the last', 500, [499]],
    ['several', 500, [3, 4, 250, 499]],
    ['all of them', 5, [0, 1, 2, 3, 4]],
  ])('finds %s', async (_, count, killers) => {
    expect((await find(count, new Set(killers))).found).toEqual(killers)
  })

  test.each([0, 137, 499])('takes no more than eleven deaths for one among 500 (%i)', async (killer) => {
    expect((await find(500, new Set([killer]))).deaths).toBeLessThanOrEqual(11)
  })

  test('blames none where only several together do it', async () => {
    expect(await findKillers([1, 2, 3, 4], async (some) => some.length < 4)).toEqual([])
  })

  test.each([
    ['blames one that fails when it is checked once more', [false, false], ['one']],
    ['blames none that comes back when it is checked once more', [false, true], []],
  ])('%s', async (_, answers, found) => {
    expect(await findKillers(['one'], async () => answers.shift()!)).toEqual(found)
  })

  test('finds exactly those, whichever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.array(fc.nat(199)), async (count, picked) => {
        const killers = new Set(picked.filter((item) => item < count))
        expect((await find(count, killers)).found).toEqual([...killers].toSorted((a, b) => a - b))
      }),
    )
  })
})
