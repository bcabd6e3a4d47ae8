import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { blocksOf, boardOf, winnersOf } from '../support/board-page.ts'
import { essence } from '../support/program-page.ts'

test('the example of docs/program/leaderboards.md comes to the board that it shows', () => {
  const page = readFileSync('docs/program/leaderboards.md', 'utf8')
  const program = blocksOf(page, 'yaml').at(-1)!
  const [arrivals] = blocksOf(page, 'arrivals')
  const [board] = blocksOf(page, 'board')
  expect(essence(board!)).toBe(essence(boardOf({ program, arrivals: arrivals! })))
})

test('the example of docs/program/challenges.md has the winners that it shows', () => {
  const page = readFileSync('docs/program/challenges.md', 'utf8')
  const program = blocksOf(page, 'yaml').at(-1)!
  const [arrivals] = blocksOf(page, 'arrivals')
  const [winners] = blocksOf(page, 'winners')
  expect(essence(winners!)).toBe(essence(winnersOf({ program, arrivals: arrivals! })))
})
