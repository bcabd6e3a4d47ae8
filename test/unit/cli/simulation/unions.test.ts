import { expect, test } from 'vitest'
import { mulberry32, shuffle } from '../../../../apps/cli/population/random.ts'
import { Unions } from '../../../../apps/cli/simulation/unions.ts'

test('the smallest of a group stands for it, in whatever order the pairs come', () => {
  const pairs = [
    ['d', 'c'],
    ['c', 'f'],
    ['b', 'a'],
    ['f', 'e'],
    ['e', 'b'],
    ['x', 'y'],
    ['x', 'x'],
  ] as const
  for (let seed = 1; seed < 50; seed++) {
    const order = pairs.map((_, i) => i)
    shuffle(mulberry32(seed), order)
    const unions = new Unions()
    for (const i of order) unions.unite(pairs[i]![0], pairs[i]![1])
    expect([...'abcdef'].map((key) => unions.find(key))).toEqual(Array(6).fill('a'))
    expect(unions.find('y')).toBe('x')
    expect(unions.find('z')).toBe('z')
    expect([...unions.keys()].sort()).toEqual(['b', 'c', 'd', 'e', 'f', 'y'])
  }
})
