import { type RequestHandler, Router } from 'express'
import { isRead } from './origin.ts'
import { personOf } from './person.ts'
import { refuse } from './refusal.ts'
import { DEEDS, isAtLeast, REPAIRS, type Role } from './roles.ts'

/**
 * Lets pass what a person's role allows, and answers 403 to the rest, whatever the page shows. The routes are
 * matched as Bull Board matches its own, so that no spelling of a path leads around it. What comes before it
 * learns from `response.locals.deed` what was wanted.
 */
export function access(): Router {
  const router = Router()
  for (const { method, route, action, role } of DEEDS) {
    router[method](route, decide(action, role, 'all queues'))
  }
  for (const { method, route, action, role } of REPAIRS) {
    router[method](route, decide(action, role, 'failures'))
  }
  router.use((request, response, next) => {
    if (isRead(request.method)) next('router')
    else decide(`${request.method} ${request.path}`, 'admin', 'all queues')(request, response, next)
  })
  return router
}

/** @param all what it is done to where the path names nothing */
function decide(action: string, least: Role, all: string): RequestHandler {
  return (request, response, next) => {
    const { role } = personOf(response)
    const { failure, ...others } = request.params
    const target = failure === undefined ? Object.values(others).flat().join('/') : `failures: ids ${failure}`
    response.locals.deed = { action, target: target === '' ? all : target }
    if (isAtLeast(role, least)) return next('router')
    refuse(
      response,
      403,
      'Refused',
      `This (${action}) needs the role ${least}, and you have ${role}: ask an admin of Laurel for it.`,
    )
  }
}
