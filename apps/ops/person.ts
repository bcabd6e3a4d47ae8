import type { Response } from 'express'
import type { Role } from './roles.ts'

/** Whoever is logged in. */
export interface Person {
  readonly name: string
  readonly role: Role
}

/** Who a request is from: behind the login, everywhere. */
export function personOf(response: Response): Person {
  return response.locals.person as Person
}
