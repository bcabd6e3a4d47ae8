import type { Failure } from '#store/failures.ts'
import { escapeHtml } from './html.ts'

/** A failure that was found, as its reader may see it. */
interface Found {
  readonly failure: Failure & { readonly reason: string }
  /** Where its job is in Bull Board; undefined where there is none. */
  readonly job: string | undefined
}

interface FindPage {
  /** What was looked for; empty before anything was. */
  readonly query: string
  readonly found: readonly Found[]
  /** How many there are, of which `found` are the latest. */
  readonly total: number
  /** Whether there are buttons to press. */
  readonly mayRepair: boolean
  /** What has just been done. */
  readonly message?: string | undefined
}

const STYLE = `
  :root { color-scheme: light dark }
  * { box-sizing: border-box }
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 1rem;
    background: light-dark(#f4f6f8, #151a21); color: light-dark(#1c2430, #e3e8ef); overflow-wrap: break-word }
  a { color: light-dark(#1d4ed8, #8ab4ff) }
  h1 { font-size: 1.25rem; margin: .5rem 0 }
  form { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 }
  .search { align-items: end; margin-bottom: 1rem }
  .search label { flex: 1 1 16rem }
  input, button { font: inherit; padding: .45rem .65rem; border-radius: .4rem; max-width: 100% }
  input { border: 1px solid light-dark(#6b7686, #7c8a9e); background: transparent; color: inherit }
  .search input { display: block; width: 100% }
  button { border: 0; background: #2563eb; color: #fff; font-weight: 600; cursor: pointer }
  .discard { background: #b3261e }
  td input { width: 8rem }
  [role=status] { border-left: .25rem solid #2563eb; padding: .5rem .75rem; background: light-dark(#fff, #1d242d) }
  table { border-collapse: collapse; width: 100%; background: light-dark(#fff, #1d242d) }
  caption { text-align: left; padding: .5rem 0 }
  th, td { text-align: left; vertical-align: top; padding: .5rem; border-bottom: 1px solid light-dark(#d9dee5, #333d49) }
  td form + form { margin-top: .5rem }
  @media (max-width: 48rem) {
    table, caption, tbody, tr, td, th[scope=row] { display: block }
    td { overflow-wrap: anywhere }
    thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
    tr { padding: .5rem 0; border-bottom: 2px solid light-dark(#b6bfcb, #465060) }
    th, td { border: 0; padding: .15rem .5rem }
    td[data-name]::before { content: attr(data-name) ': '; font-weight: 600 }
  }`

/** The page that finds failures: one field, and what matches it. It needs no scripts. */
export function findPage({ query, found, total, mayRepair, message }: FindPage): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Laurel · find a failure</title>
<style>${STYLE}</style>
<nav><a href="/">Bull Board</a> · <a href="/queue/failed-events">Failed events</a></nav>
<main>
<h1>Find a failure</h1>
<form class="search" role="search" method="get" action="/find">
  <label>Event id, customer id, or topic/partition/offset
    <input name="q" value="${escapeHtml(query)}" required autofocus autocomplete="off" spellcheck="false"></label>
  <button>Find</button>
</form>
${message === undefined ? '' : `<p role="status">${escapeHtml(message)}</p>`}
${query === '' ? '' : results(query, found, total, mayRepair)}
</main>
</html>
`
}

function results(query: string, found: readonly Found[], total: number, mayRepair: boolean): string {
  if (found.length === 0) {
    return (
      `<p role="status">No failure matches ${escapeHtml(query)}. A customer id is found in any of its spellings, an ` +
      'event by the id that it brought or Laurel’s own, a message by its place, such as billing-events/2/1200.</p>'
    )
  }
  const count = found.length < total ? `The latest ${found.length} of ${total} failures` : `${total} failures`
  return `<table role="table">
<caption>${total === 1 ? '1 failure' : count}</caption>
<thead role="rowgroup"><tr role="row">
  <th scope="col" role="columnheader">Failure</th>
  <th scope="col" role="columnheader">State</th>
  <th scope="col" role="columnheader">First seen</th>
  <th scope="col" role="columnheader">Customer</th>
  <th scope="col" role="columnheader">From</th>
  <th scope="col" role="columnheader">What is wrong</th>
  ${mayRepair ? '<th scope="col" role="columnheader">To do</th>' : ''}
</tr></thead>
<tbody role="rowgroup">
${found.map((each) => row(each, query, mayRepair)).join('')}</tbody>
</table>`
}

function row({ failure, job }: Found, query: string, mayRepair: boolean): string {
  const { id, code, state, firstSeen, customer, topic, partition, offset, source, reason } = failure
  const name = escapeHtml(`${id} · ${code}`)
  const link = job === undefined ? name : `<a href="${escapeHtml(job)}">${name}</a>`
  const time = new Date(firstSeen).toISOString()
  const cells: readonly (readonly [string, string])[] = [
    ['State', escapeHtml(state)],
    ['First seen', `<time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time>`],
    ['Customer', escapeHtml(customer ?? 'none')],
    ['From', escapeHtml(`${topic}/${partition}/${offset}, source ${source}`)],
    ['What is wrong', escapeHtml(reason)],
    ...(mayRepair ? [['To do', buttons(failure, query)] as const] : []),
  ]
  return `<tr role="row"><th scope="row" role="rowheader">${link}</th>
${cells.map(([name, cell]) => `  <td role="cell" data-name="${name}">${cell}</td>\n`).join('')}</tr>
`
}

/** What was given up can still be tried; what counts needs nothing. */
function buttons({ id, state }: Failure, query: string): string {
  const form = (what: string, fields: string) =>
    `<form method="post" action="/find/${id}/${what}"><input type="hidden" name="q" value="${escapeHtml(query)}">${fields}</form>`
  const retry = form('retry', `<button aria-label="Retry failure ${id}">Retry</button>`)
  const discard = form(
    'discard',
    `<input name="reason" required maxlength="200" placeholder="reason" aria-label="Why failure ${id} is given up">` +
      `<button class="discard" aria-label="Discard failure ${id}">Discard</button>`,
  )
  if (state === 'resolved') return 'nothing: it counts'
  return state === 'open' ? retry + discard : retry
}
