import { type NextFunction, type Request, type Response, Router, urlencoded } from 'express'
import { rateLimit } from 'express-rate-limit'
import type { Audit } from './audit.ts'
import { basicCredentials } from './credentials.ts'
import { loginPage } from './login-page.ts'
import { isOwnRequest } from './origin.ts'
import type { Person } from './person.ts'
import type { Voucher } from './proxy.ts'
import { refuse } from './refusal.ts'
import type { Sessions } from './sessions.ts'
import type { User, Users } from './users.ts'

const COOKIE = 'laurel_ops'
const WINDOW = 10 * 60_000
/** Wrong passwords from one address in that time. */
const MOST_WRONG = 20

/**
 * Lets in whom a proxy vouches for, who has logged in, or who shows the password with each request (HTTP basic, for scripts). What comes
 * after it can rely on `personOf`.
 */
export function login(users: Users, sessions: Sessions, voucher: Voucher, audit: Audit): Router {
  const router = Router()
  const limit = limitGuesses()

  /** Names that nobody has are not kept: many a password is typed into the wrong field. */
  const tell = (request: Request, action: string, name: string, isRight: boolean) =>
    void audit.record({
      actor: users.find(name)?.name ?? '(unknown name)',
      origin: request.ip ?? 'unknown',
      action,
      target: 'Bull Board',
      outcome: isRight ? 'done' : 'refused',
    })
  const sessionOf = async (request: Request): Promise<User | undefined> => {
    const token = tokenOf(request)
    return token === undefined ? undefined : sessions.userOf(token)
  }

  router.get('/login', (request, response) => {
    response.send(loginPage(localPath(request.query.next)))
  })

  router.post(
    '/login',
    refuseOtherSites,
    limit,
    urlencoded({ extended: false, limit: '8kb' }),
    async (request, response) => {
      const { user, password, next } = (request.body ?? {}) as Record<string, unknown>
      const given = { user: String(user ?? '').trim(), password: String(password ?? '') }
      const found = await users.check(given)
      tell(request, 'log in', given.user, found !== undefined)
      if (!found) {
        response.status(401).send(loginPage(localPath(next), 'This name and password do not match.'))
        return
      }
      const token = await sessions.open(found)
      response.cookie(COOKIE, token, { httpOnly: true, sameSite: 'strict', secure: request.secure })
      response.redirect(303, localPath(next))
    },
  )

  // A link and not a form, since that is what Bull Board's menu has: another site's link comes without the cookie.
  router.get('/logout', async (request, response) => {
    const token = tokenOf(request)
    if (token !== undefined) {
      const user = await sessions.userOf(token)
      if (user) tell(request, 'log out', user.name, true)
      await sessions.close(token)
      response.clearCookie(COOKIE)
    }
    response.redirect(303, '/login')
  })

  router.use((request, response, next) => {
    const vouched = voucher(request)
    if (vouched && 'objection' in vouched) return refuse(response, 403, 'Refused', vouched.objection)
    response.locals.person = vouched
    next()
  })
  router.use((request, response, next) => {
    if (response.locals.person || request.headers.authorization === undefined) next()
    else limit(request, response, next)
  })
  router.use(async (request, response, next) => {
    if (response.locals.person) return next()
    const given = basicCredentials(request.headers.authorization)
    const user = given ? await users.check(given) : await sessionOf(request)
    if (given && !user) tell(request, 'log in', given.user, false)
    if (!user) return askForLogin(request, response)
    response.locals.person = { name: user.name, role: user.role } satisfies Person
    next()
  })
  return router
}

/** Stands where it is known who asks and for what, so that the audit log has both. */
export function refuseOtherSites(request: Request, response: Response, next: NextFunction): void {
  const isOwn = isOwnRequest(request.method, request.headers, request.host)
  if (isOwn) next()
  else refuse(response, 403, 'Refused', 'A page of another site sent this, or a proxy that changes Host.')
}

/** Counts requests that show a password, and forgets those whose password was right. */
function limitGuesses() {
  return rateLimit({
    windowMs: WINDOW,
    limit: MOST_WRONG,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_request, response) => response.statusCode !== 401,
    handler: (request, response) => {
      const words = `Too many wrong passwords: try again in ${WINDOW / 60_000} minutes.`
      if (request.headers.authorization) refuse(response, 429, 'Refused', words)
      else response.status(429).send(loginPage('/', words))
    },
    validate: { xForwardedForHeader: false },
  })
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
