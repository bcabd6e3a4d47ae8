import { FAILURES } from '#domain/failure.ts'

const FIXERS = {
  producers: 'the team that publishes it; ops can correct one in Bull Board',
  platform: 'the platform team, in the configuration',
  loyalty: 'the loyalty team, by publishing the program',
  developers: "Laurel's developers",
} as const

const RETRIES = {
  edit: 'counts it once `fix` is corrected, under the identity of its message; as it is, it fails again',
  change: 'counts it once that is corrected',
  now: 'tries it as it is: what was wrong may have passed',
} as const

/** docs/failures.md: every code, from the one list of them. */
export function failuresPage(): string {
  const codes = Object.entries(FAILURES).map(
    ([code, { stage, meaning, remedy, fixer, retry }]) =>
      `## ${code}\n\n${sentence(meaning)} To do: ${remedy}.\n\n` +
      `- Stage: ${stage}.\n- Who can fix it: ${FIXERS[fixer]}.\n- A retry ${RETRIES[retry]}.\n`,
  )
  return [
    '# Why an event fails\n',
    '<!-- Written by test/unit/failures-page.test.ts from libs/domain/failure.ts: `npx vitest run -u` on it. -->\n',
    'Every code there is, what it means, who can fix it, and what a retry does. How failures are found and repaired:',
    '[operations.md](operations.md#failed-events); how producers avoid them:',
    '[producers.md](producers.md#why-an-event-is-refused). A code never changes its meaning.\n',
    ...codes,
  ].join('\n')
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`
}
