// Says in one line what a run of vitest came to: node summary.js REPORT.json STATUS
// Ends with 1 where anything failed, or where no test ran.
import { existsSync, readFileSync } from 'node:fs'

const [, , file, status] = process.argv
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { testResults: [] }
const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
const count = (...states) => results.filter(({ status }) => states.includes(status)).length

const passed = count('passed')
const skipped = count('skipped', 'pending', 'todo', 'disabled')
// A file that cannot be loaded, or whose set-up fails, has failed without any test of it.
const broken = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
)
// And an error outside of every file shows in vitest's status alone.
const failed = count('failed') + broken.length || (status === '0' ? 0 : 1)

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
