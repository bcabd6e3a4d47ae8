import type { Request } from 'express'
import { LaurelError } from '#domain/error.ts'
import type { Config } from '#runtime/config.ts'
import type { Person } from './person.ts'
import { ROLES, type Role } from './roles.ts'

/** Who a proxy says that somebody is; or why that cannot be believed. Undefined where it says nothing. */
export type Voucher = (request: Request) => Person | { readonly objection: string } | undefined

const LONGEST_NAME = 200
const OWN_GROUP = /^\/?laurel-/

/**
 * Believes a proxy that has people log in elsewhere (OpenID Connect), and only that proxy: a request that comes
 * from any other address is one without these headers.
 *
 * @throws LaurelError CONFIGURATION_INVALID where it is not known which proxy to believe, or one header is missing
 */
export function voucherOf(config: Config): Voucher {
  const { OPS_PROXY_USER_HEADER: user, OPS_PROXY_ROLE_HEADER: role, TRUSTED_PROXIES: proxies } = config
  if (user === undefined && role === undefined) return () => undefined
  if (user === undefined || role === undefined) {
    throw new LaurelError(
      'CONFIGURATION_INVALID',
      `OPS_PROXY_${user === undefined ? 'USER' : 'ROLE'}_HEADER: is missing: a name and a role belong together`,
    )
  }
  if (typeof proxies === 'number') {
    throw new LaurelError(
      'CONFIGURATION_INVALID',
      `TRUSTED_PROXIES: expected the addresses of the proxies that may send ${user}, such as 10.0.0.5: a number ` +
        'of proxies does not tell which, so that whoever reaches this port could be anyone',
    )
  }
  return (request) => (isFromProxy(request) ? personIn(request.headersDistinct, user, role) : undefined)
}

/** Whether the other end of the very connection is a proxy that is trusted, whatever headers say. */
function isFromProxy({ app, socket }: Request): boolean {
  const isTrusted = app.get('trust proxy fn') as (address: string, hop: number) => boolean
  return isTrusted(socket.remoteAddress ?? '', 0)
}

function personIn(headers: NodeJS.Dict<string[]>, user: string, groups: string): ReturnType<Voucher> {
  const [names, lists] = [headers[user.toLowerCase()] ?? [], headers[groups.toLowerCase()] ?? []]
  const name = names[0]?.trim() ?? ''
  if (name === '') return undefined
  // The second one may be what a browser made up, where the proxy adds its own instead of replacing it.
  if (names.length > 1 || lists.length > 1) {
    return { objection: `The proxy sends ${user} or ${groups} twice: have it replace what browsers send.` }
  }
  const role = roleIn(lists[0] ?? '')
  if (role === undefined) {
    return {
      objection: `${groups} names none of your groups laurel-viewer, laurel-operator and laurel-admin: ask for one.`,
    }
  }
  return { name: name.slice(0, LONGEST_NAME), role }
}

/**
 * The highest role of a list of groups. Groups named `admin` and the like may be of the whole company: they
 * count only where none is Laurel's own.
 */
export function roleIn(list: string): Role | undefined {
  const groups = list.split(',').map((group) => group.trim())
  const own = groups.filter((group) => OWN_GROUP.test(group)).map((group) => group.replace(OWN_GROUP, ''))
  const named = own.length > 0 ? own : groups.map((group) => group.replace(/^\//, ''))
  return ROLES.findLast((role) => named.includes(role))
}
