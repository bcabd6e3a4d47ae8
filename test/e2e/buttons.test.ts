import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { QUEUE_NAMES, type QueueName } from '#queue/queues.ts'
import { freePort } from '#stack/port.ts'
import { load } from '../../apps/cli/population.ts'
import { DEEDS, type Deed } from '../../apps/ops/roles.ts'
import { disturbed } from '../support/disturbance.ts'
import { Installation, REJECTS, until } from '../support/installation.ts'

// An admin presses everything that Bull Board has, on every queue, while events come in. Nobody repairs anything
// afterwards: what the buttons took away has to come back by itself.

/** More than are sent: some 150 a second, for as long as buttons are pressed. */
const EVENTS = 20_000
const DAY = 86_400_000
const PASSWORD = 'correct horse battery'
const STATUSES = ['waiting', 'active', 'delayed', 'prioritized', 'completed', 'failed'] as const

type Status = (typeof STATUSES)[number]

interface Job {
  readonly id: string
  readonly name: string
  readonly data: unknown
  /** Unix ms. */
  readonly finishedOn: number
}

interface Shown {
  readonly name: string
  readonly jobs: readonly Job[]
  readonly counts: Readonly<Record<Status, number>>
}

let installation: Installation
let board: Board
beforeAll(async () => {
  const port = await freePort()
  installation = await Installation.create({ OPS_PASSWORD: PASSWORD, OPS_PORT: String(port) })
  await Promise.all([installation.startAll(), installation.start('ops', 'ops'), installation.startApi()])
  board = await Board.open(`http://127.0.0.1:${port}`)
})
afterAll(() => installation.stop())

/** Bull Board as the page in a browser asks it. */
class Board {
  readonly #url: string
  readonly #cookie: string
  /** What was answered: `retry scoring` → the statuses. */
  readonly answers = new Map<string, number[]>()

  private constructor(url: string, cookie: string) {
    this.#url = url
    this.#cookie = cookie
  }

  static async open(url: string): Promise<Board> {
    const body = new URLSearchParams({ user: 'ops', password: PASSWORD })
    const response = await fetch(`${url}/login`, {
      method: 'POST',
      body,
      headers: { origin: url },
      redirect: 'manual',
    })
    return new Board(url, response.headers.get('set-cookie')!.split(';')[0]!)
  }

  async press(
    { method, route, action }: Deed,
    queue: QueueName,
    parameters: Readonly<Record<string, string>> = {},
    body?: unknown,
  ): Promise<number> {
    const given: Readonly<Record<string, string>> = { queueName: queue, ...parameters }
    const path = route.replace(/:(\w+)/g, (_, name) => encodeURIComponent(given[name]!))
    const response = await fetch(this.#url + path, {
      method: method.toUpperCase(),
      headers: { cookie: this.#cookie, origin: this.#url, 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    })
    const key = `${action} ${queue}`
    this.answers.set(key, [...(this.answers.get(key) ?? []), response.status])
    return response.status
  }

  async look(queue: QueueName, status: Status = 'waiting'): Promise<Shown> {
    const query = new URLSearchParams({ activeQueue: queue, status, page: '1', jobsPerPage: '20' })
    const response = await fetch(`${this.#url}/api/queues?${query}`, { headers: { cookie: this.#cookie } })
    const { queues } = (await response.json()) as { queues: readonly Shown[] }
    return queues.find(({ name }) => name === queue)!
  }
}

const deed = (action: string) => DEEDS.find((each) => each.action === action)!
const press = (action: string, queue: QueueName, parameters?: Record<string, string>, body?: unknown) =>
  board.press(deed(action), queue, parameters, body)

/** Presses a button of single jobs on those that stand first in some states. */
function onJobs(states: readonly Status[], body?: (job: Pick<Job, 'data'>) => unknown) {
  return async (own: Deed, queue: QueueName) => {
    for (const state of states) {
      const { jobs } = await board.look(queue, state)
      for (const job of jobs.slice(0, 3)) await board.press(own, queue, { jobId: job.id }, body?.(job))
      if (jobs.length === 0) await board.press(own, queue, { jobId: 'gone' }, body?.({ data: {} }))
    }
  }
}

async function onSchedulers(own: Deed, queue: QueueName, body?: unknown): Promise<void> {
  for (const schedulerId of ['sweep', 'advance', 'audit', 'retain'])
    await board.press(own, queue, { schedulerId }, body)
}

const plain = async (own: Deed, queue: QueueName) => {
  await board.press(own, queue)
}

/** How each button is pressed on a queue that is paused and full, those of single jobs first, the worst last. */
const BUTTONS: Readonly<Record<string, (deed: Deed, queue: QueueName) => Promise<void>>> = {
  pause: plain,
  'pause all': plain,
  'resume all': async (own, queue) => {
    await board.press(own, queue)
    await press('pause', queue)
  },
  resume: async (own, queue) => {
    await board.press(own, queue)
    await press('pause', queue)
  },
  retry: onJobs(['failed', 'completed', 'waiting']),
  'change delay': onJobs(['delayed', 'waiting'], () => ({ runAt: Date.now() + 3_600_000 })),
  promote: onJobs(['delayed']),
  edit: onJobs(['waiting', 'failed', 'active'], ({ data }) => ({ jobData: data })),
  'change priority': onJobs(['waiting', 'active'], () => ({ priority: 1_000 })),
  'remove children': onJobs(['waiting', 'active']),
  add: (own, queue) => board.press(own, queue, {}, { name: 'x', data: {} }).then(() => {}),
  'retry all': async (own, queue) => {
    for (const queueStatus of ['failed', 'completed']) await board.press(own, queue, { queueStatus })
  },
  'promote all': plain,
  'set concurrency': (own, queue) => board.press(own, queue, {}, { concurrency: 1 }).then(() => {}),
  'set rate limit': async (own, queue) => {
    await board.press(own, queue, {}, { max: 500, duration: 1_000 })
  },
  'release rate limit': async (own, queue) => {
    await board.press(own, queue)
    await press('set rate limit', queue, {}, { max: null })
  },
  'run scheduler': onSchedulers,
  'change scheduler': (own, queue) => onSchedulers(own, queue, { every: 3_600_000 }),
  'remove scheduler': onSchedulers,
  'purge history': (own, queue) => board.press(own, queue, {}, {}).then(() => {}),
  remove: onJobs(STATUSES),
  clean: async (own, queue) => {
    for (const queueStatus of ['completed', 'failed', 'delayed', 'waiting', 'active'])
      await board.press(own, queue, { queueStatus })
  },
  empty: plain,
  obliterate: async (own, queue) => {
    // Pressed as a person would who is told of active jobs the first time.
    await press('pause', queue)
    await board.press(own, queue, {}, { force: false })
    await press('pause', queue)
    await board.press(own, queue, {}, { force: true })
  },
}

/** What the board must have done on every queue; the rest needs a job in one state, or is refused by Laurel. */
const ALWAYS = ['pause all', 'resume all', 'retry all', 'promote all', 'clean', 'pause', 'resume', 'empty']

test('every button of the board has its case here', () => {
  expect(Object.keys(BUTTONS).toSorted()).toEqual(DEEDS.map(({ action }) => action).toSorted())
})

test('whatever is pressed on whichever queue, everything that came in counts once, without any help', async () => {
  const traffic = send()
  const buttons = Object.entries(BUTTONS)
  for (const queue of QUEUE_NAMES) {
    await press('pause', queue)
    await backlog(queue)
    for (const [action, run] of buttons) await run(deed(action), queue)
    for (const each of QUEUE_NAMES) await press('resume', each)
  }
  // The other way round, on queues that run: what an emptied queue would have forgotten stays in force now.
  for (const queue of QUEUE_NAMES) {
    for (const [action, run] of buttons.toReversed()) await run(deed(action), queue)
    for (const each of QUEUE_NAMES) await press('resume', each)
  }
  await traffic.end()
  await theClockGoesOn(Date.now())

  await installation.settled(60_000)
  expect(await installation.differences()).toEqual([])
  expect(await installation.imbalances()).toEqual([])
  await everyFailureIsKept()
  await everyRejectIsTold()
  await everyPressIsInTheAuditLog()
  expectAnswers()
})

/** Sends events, a few at a time, until it is told to end. */
function send(): { end: () => Promise<void> } {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const to = new Date()
  const from = new Date(to.getTime() - 40 * DAY)
  const population = { seed: 11, events: EVENTS, customers: 300, from, to, bad: 0.03, duplicates: 0.05, zone }
  const messages = disturbed([...load(population)], 11, 1)
  let isPressing = true
  const sending = (async () => {
    for (let i = 0; isPressing; i += 10) {
      if (i >= messages.length) throw new Error(`pressing took longer than ${EVENTS} events last`)
      await installation.publish(messages.slice(i, i + 10))
      await delay(60)
    }
  })()
  // Thrown where it is waited for, and not before.
  sending.catch(() => {})
  return {
    end: async () => {
      isPressing = false
      await sending
    },
  }
}

/** Waits until something stands in a queue that is paused: what is pressed next has something to break. */
async function backlog(queue: QueueName): Promise<void> {
  let counts: unknown
  await until(
    async () => {
      const shown = await board.look(queue)
      counts = shown.counts
      return shown.counts.waiting + shown.counts.delayed + shown.counts.prioritized > 0
    },
    20_000,
    () => `nothing waits in ${queue}: ${JSON.stringify(counts)}`,
  )
}

/** Whatever was done to the schedulers and their jobs: what runs every few seconds runs again. */
async function theClockGoesOn(since: number): Promise<void> {
  await until(async () => {
    const { jobs } = await board.look('maintenance', 'completed')
    return jobs.some(({ name, finishedOn }) => name === 'sweep' && finishedOn > since)
  }, 45_000)
}

/** What could not be processed is in PostgreSQL, message by message, wherever its job has gone. */
async function everyFailureIsKept(): Promise<void> {
  const [row] = await installation.database.sql<[{ messages: number; kept: number }]>`
    select (select sum(messages) from batches)::bigint as messages,
      ((select count(*) from events) + (select count(*) from duplicates)
        + (select count(*) from failures where stage = 'normalization'))::bigint as kept`
  expect(row.kept).toBe(row.messages)
}

/** Each failure has its record for producers; what was told twice is not lost. */
async function everyRejectIsTold(): Promise<void> {
  const { sql } = installation.database
  let state: unknown
  await until(
    async () => {
      const [{ waiting, failures }] = await sql<[{ waiting: number; failures: number }]>`
        select (select count(*) from outbox)::bigint as waiting, (select count(*) from failures)::bigint as failures`
      const marks = await installation.admin.watermarks([REJECTS])
      const told = marks.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
      state = { waiting, failures, told }
      return waiting === 0 && failures > 0 && told >= failures
    },
    30_000,
    () => `not every reject is told: ${JSON.stringify(state)}`,
  )
}

async function everyPressIsInTheAuditLog(): Promise<void> {
  const pressed = [...board.answers.values()].flat().length
  let kept = 0
  await until(
    async () => {
      const [row] = await installation.database.sql<[{ total: number }]>`
        select count(*)::bigint as total from actions where actor = 'ops' and action <> 'log in'`
      kept = row.total
      return kept === pressed
    },
    5_000,
    () => `${kept} of ${pressed} presses are in the audit log`,
  )
}

function expectAnswers(): void {
  const all = [...board.answers].map(([key, statuses]) => ({ key, statuses }))
  // Refused by a role, or broken: a button that does nothing proves nothing. Of a job that has moved on since it was
  // looked at, the board knows no better answer than 500.
  const wrong = all.filter(({ key, statuses }) => {
    const isOfJob = deed(key.slice(0, key.lastIndexOf(' '))).route.includes(':jobId')
    return statuses.some((status) => [401, 403, 503, ...(isOfJob ? [] : [500])].includes(status))
  })
  expect(wrong).toEqual([])
  const isDone = (key: string) => board.answers.get(key)?.some((status) => status < 300) ?? false
  const undone = ALWAYS.flatMap((action) => QUEUE_NAMES.map((queue) => `${action} ${queue}`))
  expect(undone.filter((key) => !isDone(key))).toEqual([])
  for (const action of Object.keys(BUTTONS)) {
    // Neither of these is there to be had: jobs are never added by hand, and no history is kept.
    if (['add', 'purge history', 'remove children'].includes(action)) continue
    expect([action, QUEUE_NAMES.some((queue) => isDone(`${action} ${queue}`))]).toEqual([action, true])
  }
}
