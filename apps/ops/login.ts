import { type NextFunction, type Request, type Response, Router, urlencoded } from 'express'
import { rateLimit } from 'express-rate-limit'
import type { Log } from '#runtime/log.ts'
import { basicCredentials, type Credentials, match } from './credentials.ts'
import { loginPage } from './login-page.ts'
import { isOwnRequest } from './origin.ts'
import { refuse } from './refusal.ts'
import type { Sessions } from './sessions.ts'

const COOKIE = 'laurel_ops'
const WINDOW = 10 * 60_000
/** Wrong passwords from one address in that time. */
const MOST_WRONG = 20

/**
 * Lets in who has logged in, or shows the password with each request (HTTP basic, for scripts). What comes
 * after it can rely on `response.locals.user`.
 */
export function login(expected: Credentials, sessions: Sessions, log: Log): Router {
  const router = Router()
  router.use(refuseOtherSites)
  const limit = limitGuesses(log)

  router.get('/login', (request, response) => {
    response.send(loginPage(localPath(request.query.next)))
  })

  router.post('/login', limit, urlencoded({ extended: false, limit: '8kb' }), async (request, response) => {
    const { user, password, next } = (request.body ?? {}) as Record<string, unknown>
    const given = { user: String(user ?? '').trim(), password: String(password ?? '') }
    if (!match(expected, given)) {
      log.warn({ address: request.ip }, 'wrong password')
      response.status(401).send(loginPage(localPath(next), 'This name and password do not match.'))
      return
    }
    const token = await sessions.open(expected.user)
    response.cookie(COOKIE, token, { httpOnly: true, sameSite: 'strict', secure: request.secure })
    log.info({ user: expected.user, address: request.ip }, 'logged in')
    response.redirect(303, localPath(next))
  })

  // A link and not a form, since that is what Bull Board's menu has: another site's link comes without the cookie.
  router.get('/logout', async (request, response) => {
    const token = tokenOf(request)
    if (token !== undefined) {
      await sessions.close(token)
      response.clearCookie(COOKIE)
    }
    response.redirect(303, '/login')
  })

  router.use((request, response, next) => {
    if (request.headers.authorization === undefined) next()
    else limit(request, response, next)
  })
  router.use(async (request, response, next) => {
    const user = await userOf(request, expected, sessions)
    if (user === null) return askForLogin(request, response)
    response.locals.user = user
    next()
  })
  return router
}

function refuseOtherSites(request: Request, response: Response, next: NextFunction): void {
  const isOwn = isOwnRequest(request.method, request.headers, request.host)
  if (isOwn) next()
  else refuse(response, 403, 'Refused', 'A page of another site sent this, or a proxy that changes Host.')
}

/** Counts requests that show a password, and forgets those whose password was right. */
function limitGuesses(log: Log) {
  return rateLimit({
    windowMs: WINDOW,
    limit: MOST_WRONG,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_request, response) => response.statusCode !== 401,
    handler: (request, response) => {
      log.warn({ address: request.ip }, 'too many wrong passwords')
      const words = `Too many wrong passwords: try again in ${WINDOW / 60_000} minutes.`
      if (request.headers.authorization) refuse(response, 429, 'Refused', words)
      else response.status(429).send(loginPage('/', words))
    },
    validate: { xForwardedForHeader: false },
  })
}

async function userOf(
  { headers }: Request,
  expected: Credentials,
  sessions: Sessions,
): Promise<string | null> {
  const given = basicCredentials(headers.authorization)
  if (given) return match(expected, given) ? expected.user : null
  const token = tokenOf({ headers })
  return token === undefined ? null : sessions.userOf(token)
}

function tokenOf({ headers }: Pick<Request, 'headers'>): string | undefined {
  return new RegExp(`(?:^|; )${COOKIE}=([\\w-]{43})(?:;|$)`).exec(headers.cookie ?? '')?.[1]
}

/** A page is sent to the login and back; a script is told, and so is what runs inside a page. */
function askForLogin(request: Request, response: Response): void {
  if (request.headers.authorization !== undefined) {
    response.set('www-authenticate', 'Basic realm="Laurel", charset="UTF-8"')
    refuse(response, 401, 'Not logged in', 'This name and password do not match.')
  } else if (request.method === 'GET' && request.accepts(['json', 'html']) === 'html') {
    response.redirect(303, `/login?next=${encodeURIComponent(request.originalUrl)}`)
  } else {
    // Without a challenge, for which a browser would cover the page with a dialog of its own.
    refuse(response, 401, 'Not logged in', 'Reload the page to log in. Scripts log in with HTTP basic.')
  }
}

/** Where to go after the login: never to another site, whichever way its address is written. */
function localPath(next: unknown): string {
  const home = 'http://localhost'
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, home)) return '/'
  const { origin, pathname, search } = new URL(next, home)
  return origin === home && !pathname.startsWith('//') ? pathname + search : '/'
}
