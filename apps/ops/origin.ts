import type { IncomingHttpHeaders } from 'node:http'

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method changes nothing. */
export function isRead(method: string): boolean {
  return READS.has(method)
}

/**
 * Whether a request may be what it claims to be: reads always, changes only where no other site's page sent
 * them. Browsers say which page did; scripts say nothing, and no page can make a browser say nothing.
 *
 * @param host the name and port that the browser knows this server by
 */
export function isOwnRequest(method: string, headers: IncomingHttpHeaders, host: string): boolean {
  if (isRead(method)) return true
  // Only sent to https and to this very machine, but then it cannot be mistaken.
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const { origin } = headers
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
