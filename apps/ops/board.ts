import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import { type Express, type RequestHandler, Router } from 'express'
import type { FailedEventJob } from '#queue/jobs.ts'
import { QUEUE_NAMES, QUEUES, type QueueName, type Queues } from '#queue/queues.ts'
import { personOf } from './person.ts'

const FONT = 'system-ui, -apple-system, "Segoe UI", sans-serif'
const MONOSPACE = 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace'

/**
 * Bull Board over every queue, at `/`. Viewers have one of their own, without what they may not do and without
 * links to where nothing is masked.
 *
 * @param apiUrl where browsers find the API, without a slash at its end
 */
export function board(queues: Queues, apiUrl: string): RequestHandler {
  const forViewers = boardOf(queues)
  const forOthers = boardOf(queues, apiUrl)
  return (request, response, next) => {
    const isViewer = personOf(response).role === 'viewer'
    return (isViewer ? forViewers : forOthers)(request, response, next)
  }
}

/** One that only shows things where it knows of no API. */
function boardOf(queues: Queues, apiUrl?: string): Router {
  const adapter = new ExpressAdapter().setBasePath('/')
  createBullBoard({
    queues: QUEUE_NAMES.map((name) => adapterOf(name, queues, apiUrl)),
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: 'Laurel',
        hideDocsLink: true,
        // In seconds: how a retry ended should stand there at once.
        pollingInterval: { forceInterval: 2 },
        miscLinks: [
          { text: 'Find a failure', url: '/find' },
          ...(apiUrl === undefined ? [] : [{ text: 'API', url: apiUrl }]),
          { text: 'Log out', url: '/logout' },
        ],
        theme: { light: fonts, dark: fonts },
      },
    },
  })
  const app = adapter.getRouter() as Express
  // An application of its own, which would tell every visitor what it is made of.
  app.disable('x-powered-by')
  return Router().use(ownPage, app)
}

const fonts = { 'font-sans': FONT, 'font-mono': MONOSPACE }

function adapterOf(name: QueueName, queues: Queues, apiUrl: string | undefined): BullMQAdapter {
  const { title, description } = QUEUES[name]
  return new BullMQAdapter(queues[name], {
    displayName: title,
    description,
    readOnlyMode: apiUrl === undefined,
    ...(name === 'failed-events' && apiUrl !== undefined
      ? { externalJobUrl: ({ data }) => traceOf(data as FailedEventJob, apiUrl) }
      : {}),
  })
}

/** Where the API tells everything about the message that failed. */
function traceOf({ info }: FailedEventJob, apiUrl: string): { displayText: string; href: string } {
  return { displayText: 'Trace ↗', href: `${apiUrl}/v1/events/${info.from}` }
}

/** On every page of the board: its own menu would be a second click, and its search knows queues alone. */
const FIND =
  '<a href="/find" style="position:fixed;right:1rem;bottom:1rem;z-index:9;padding:.6rem 1rem;border-radius:2rem;' +
  `background:#2563eb;color:#fff;font:600 .9rem ${FONT.replaceAll('"', '')};text-decoration:none;` +
  'box-shadow:0 1px 6px rgb(0 0 0/.3)">Find a failure</a>'

/**
 * The page asks a public server for a font, to which an operator's network often has no way; and it has no place
 * for a link that is always there.
 */
const ownPage: RequestHandler = (_request, response, next) => {
  const render = response.render.bind(response)
  response.render = (view: string, parameters?: object) =>
    render(view, parameters, (error: Error | null, html: string) => {
      if (error) next(error)
      else
        response.send(
          html.replace(/<link href="https?:[^>]*>/g, '').replace('</body>', () => `${FIND}</body>`),
        )
    })
  next()
}
