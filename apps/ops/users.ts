import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Document } from '#domain/document.ts'
import { LaurelError } from '#domain/error.ts'
import type { Config } from '#runtime/config.ts'
import { type Credentials, isSame } from './credentials.ts'
import { isPassword, isPasswordHash } from './password.ts'
import type { Person } from './person.ts'
import { ROLES } from './roles.ts'

export interface User extends Person {
  /** What of this user's password there is: another one ends the sessions. */
  readonly secret: string
  readonly verify: (password: string) => Promise<boolean>
}

/** Those who can log in. */
export class Users {
  readonly #byName: ReadonlyMap<string, User>

  constructor(users: readonly User[]) {
    this.#byName = new Map(users.map((user) => [user.name, user]))
  }

  find(name: string): User | undefined {
    return this.#byName.get(name)
  }

  /** Whose name and password these are. An unknown name costs as much time as a known one. */
  async check({ user: name, password }: Credentials): Promise<User | undefined> {
    const user = this.find(name)
    const [anybody] = this.#byName.values()
    const isRight = await (user ?? anybody)?.verify(password)
    return isRight ? user : undefined
  }
}

/**
 * The users of OPS_USERS_FILE; without one the single admin OPS_USER, or nobody where a proxy logs people in.
 *
 * @throws LaurelError CONFIGURATION_INVALID with every mistake in the file, or where there would be nobody
 */
export function usersOf(config: Config): Users {
  const { OPS_USERS_FILE: file, OPS_USER: name, OPS_PASSWORD: password } = config
  const { OPS_PROXY_USER_HEADER: proxied } = config
  if (file !== undefined) return new Users(readUsers(file, contentOf(file)))
  if (password === undefined && proxied !== undefined) return new Users([])
  if (password === undefined) {
    throw new LaurelError(
      'CONFIGURATION_INVALID',
      'OPS_PASSWORD: is missing: set it to the password of Bull Board, at least 8 characters, or OPS_USERS_FILE ' +
        'to a file of people with a password and a role each',
    )
  }
  const verify = async (given: string) => isSame(password, given)
  return new Users([{ name, role: 'admin', secret: password, verify }])
}

const name = z
  .string({ error: 'expected a name such as amina' })
  .regex(/^[\w.@+-]{1,64}$/, 'expected up to 64 letters, digits and . @ + - _, such as amina')
const hash = z.string({ error: 'expected what `npx laurel ops-password` prints' }).refine(isPasswordHash, {
  error: 'expected what `npx laurel ops-password` prints: never a password itself',
})
const role = z.enum(ROLES, { error: `expected ${ROLES.slice(0, -1).join(', ')} or ${ROLES.at(-1)}` })

const schema = z.strictObject(
  {
    users: z
      .array(
        z.strictObject(
          { name, password: hash, role },
          { error: 'expected a user: { name: …, password: …, role: … }' },
        ),
        { error: 'expected a list of users' },
      )
      .min(1, 'expected at least one user: with none, nobody could log in')
      .superRefine((users, context) => {
        for (const [index, { name }] of users.entries()) {
          if (users.findIndex((other) => other.name === name) < index) {
            context.addIssue({ code: 'custom', path: [index, 'name'], message: `${name} is there twice` })
          }
        }
      }),
  },
  { error: 'expected `users:` with a list of users' },
)

/** @throws LaurelError CONFIGURATION_INVALID with a line for each mistake */
export function readUsers(file: string, text: string): readonly User[] {
  try {
    const { users } = Document.whole(file, text, schema).content
    return users.map(({ name, role, password }) => ({
      name,
      role,
      secret: password,
      verify: verifier(password),
    }))
  } catch (error) {
    if (!(error instanceof LaurelError)) throw error
    throw new LaurelError('CONFIGURATION_INVALID', `OPS_USERS_FILE has mistakes:\n${error.message}`, error)
  }
}

/** Scripts show their password with each request: one that was right is known again without the work. */
function verifier(hashed: string): User['verify'] {
  const key = randomBytes(32)
  const digest = (given: string) => createHmac('sha256', key).update(given).digest('base64')
  let known: string | undefined
  return async (given) => {
    if (known !== undefined && isSame(known, digest(given))) return true
    const isRight = await isPassword(hashed, given)
    if (isRight) known = digest(given)
    return isRight
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new LaurelError(
      'CONFIGURATION_INVALID',
      `OPS_USERS_FILE: ${file} cannot be read (${(error as Error).message}): set it to a YAML file of users`,
      error,
    )
  }
}
