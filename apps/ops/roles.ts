/** Each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const

export type Role = (typeof ROLES)[number]

/** Something that the board lets people do. */
export interface Deed {
  readonly method: 'post' | 'put' | 'patch'
  /** The route, of Bull Board or of Laurel's own beside it. */
  readonly route: string
  /** How the audit log calls it. */
  readonly action: string
  /** The least role that may do it. */
  readonly role: Role
}

const put = (route: string, action: string, role: Role): Deed => ({ method: 'put', route, action, role })
const patch = (route: string, action: string, role: Role): Deed => ({ method: 'patch', route, action, role })
const post = (route: string, action: string, role: Role): Deed => ({ method: 'post', route, action, role })

/**
 * Everything that Bull Board can be told to do, in the order of its own routes, since the first that matches
 * counts. Operators have what repairs events and looks after single jobs; what stops a queue, empties it or
 * changes how it runs is for admins. What is missing here is for admins, too.
 */
export const DEEDS: readonly Deed[] = [
  put('/api/queues/pause', 'pause all', 'admin'),
  put('/api/queues/resume', 'resume all', 'admin'),
  post('/api/queues/:queueName/add', 'add', 'admin'),
  put('/api/queues/:queueName/retry/:queueStatus', 'retry all', 'operator'),
  put('/api/queues/:queueName/promote', 'promote all', 'operator'),
  put('/api/queues/:queueName/clean/:queueStatus', 'clean', 'admin'),
  put('/api/queues/:queueName/pause', 'pause', 'admin'),
  put('/api/queues/:queueName/resume', 'resume', 'admin'),
  put('/api/queues/:queueName/concurrency', 'set concurrency', 'admin'),
  put('/api/queues/:queueName/rate-limit', 'set rate limit', 'admin'),
  put('/api/queues/:queueName/rate-limit/release', 'release rate limit', 'admin'),
  put('/api/queues/:queueName/empty', 'empty', 'admin'),
  put('/api/queues/:queueName/obliterate', 'obliterate', 'admin'),
  put('/api/queues/:queueName/job-schedulers/:schedulerId/remove', 'remove scheduler', 'admin'),
  patch('/api/queues/:queueName/job-schedulers/:schedulerId', 'change scheduler', 'admin'),
  put('/api/queues/:queueName/job-schedulers/:schedulerId/run', 'run scheduler', 'admin'),
  put('/api/queues/:queueName/:jobId/retry', 'retry', 'operator'),
  put('/api/queues/:queueName/:jobId/clean', 'remove', 'operator'),
  put('/api/queues/:queueName/:jobId/promote', 'promote', 'operator'),
  patch('/api/queues/:queueName/:jobId/update-data', 'edit', 'operator'),
  patch('/api/queues/:queueName/:jobId/delay', 'change delay', 'operator'),
  patch('/api/queues/:queueName/:jobId/priority', 'change priority', 'operator'),
  put('/api/queues/:queueName/:jobId/remove-unprocessed-children', 'remove children', 'admin'),
  post('/api/metrics/history/purge', 'purge history', 'admin'),
]

/** What Laurel's own pages beside the board can be told to do; many failures are given up as queues are cleaned. */
export const REPAIRS: readonly Deed[] = [
  post('/failures/retry', 'retry', 'operator'),
  post('/failures/discard', 'discard', 'admin'),
  post('/failures/assign', 'assign', 'operator'),
  post('/failures/:failure/retry', 'retry', 'operator'),
  post('/failures/:failure/discard', 'discard', 'operator'),
  post('/find/:failure/retry', 'retry', 'operator'),
  post('/find/:failure/discard', 'discard', 'operator'),
]

/** Whether who has one role may do what asks for another at least. */
export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least)
}
