import { OPERATIONS, type Operation } from './operation.ts'
import { escapeHtml, page } from './page.ts'
import { PROBLEMS } from './problem.ts'

/**
 * The documentation as a page.
 *
 * @param address the API as its reader sees it, such as http://127.0.0.1:8080
 */
export function docsPage(address: string): string {
  return page(
    'Laurel API',
    `<h1>Laurel API</h1>
<p>Behaviour scores, missions, badges, points and leaderboards from customer events.
The same for programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>
${OPERATIONS.map((operation) => section(operation, address)).join('\n')}
<h2>Problems</h2>
<p>Every error is <code>application/problem+json</code> (RFC 9457); its <code>detail</code> says what to change.</p>
<dl>${Object.entries(PROBLEMS)
      .map(
        ([kind, { status, title, meaning }]) =>
          `<dt id="problem-${kind}">${status} ${kind}</dt><dd>${text(`${title}. ${meaning}`)}</dd>`,
      )
      .join('\n')}</dl>`,
  )
}

const TOKENS = {
  source: '<p>Asks for the token of a source, of WEBHOOK_TOKENS.</p>',
  read: '<p>Asks for the token for reading, where READ_TOKEN is set.</p>',
  none: '',
} as const

function section(operation: Operation, address: string): string {
  const { method, path, summary, description, token, pathParameters = {}, query, curl } = operation
  const parameters = [
    ...Object.entries(pathParameters),
    ...Object.entries(query?.shape ?? {}).map(([name, type]): [string, string] => [
      `?${name}`,
      (type as { description?: string }).description ?? '',
    ]),
  ]
  return [
    `<h2><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h2>`,
    `<p><strong>${text(summary)}</strong></p>`,
    ...description.map((paragraph) => `<p>${text(paragraph)}</p>`),
    TOKENS[token],
    parameters.length === 0
      ? ''
      : `<dl>${parameters.map(([name, meaning]) => `<dt><code>${escapeHtml(name)}</code></dt><dd>${text(meaning)}</dd>`).join('')}</dl>`,
    curl === undefined ? '' : `<pre><code>${escapeHtml(command(operation, address, curl))}</code></pre>`,
  ].join('\n')
}

function command({ method, path }: Operation, address: string, curl: string): string {
  if (method === 'post') return `curl ${address}${path} \\\n  ${curl}`
  return curl.startsWith("'") ? `curl '${address}${curl.slice(1)}` : `curl ${address}${curl}`
}

/** Words in backticks are code. */
function text(words: string): string {
  return escapeHtml(words).replace(/`([^`]+)`/g, '<code>$1</code>')
}
