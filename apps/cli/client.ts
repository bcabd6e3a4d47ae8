import { LaurelError } from '#domain/error.ts'
import { environment } from './environment.ts'

/** Asks the HTTP API: what the commands show is what the app and customer care see. */
export async function ask<T>(path: string): Promise<T> {
  const { LAUREL_API_URL, API_PORT, READ_TOKEN } = environment()
  const base = LAUREL_API_URL || `http://127.0.0.1:${API_PORT || 8080}`
  let response: Response
  try {
    response = await fetch(new URL(path, base), {
      headers: { accept: 'application/json', ...(READ_TOKEN && { authorization: `Bearer ${READ_TOKEN}` }) },
      signal: AbortSignal.timeout(10_000),
    })
  } catch (error) {
    throw new LaurelError(
      'API_UNAVAILABLE',
      `The API does not answer at ${base}: start it (npm start), or set LAUREL_API_URL to where it is.`,
      error,
    )
  }
  const body = (await response.json().catch(() => ({}))) as T & { detail?: string; title?: string }
  if (!response.ok) {
    throw new LaurelError(
      response.status === 404 ? 'NOT_FOUND' : response.status >= 500 ? 'API_UNAVAILABLE' : 'ARGUMENT_INVALID',
      body.detail ?? body.title ?? `The API answered with status ${response.status}.`,
    )
  }
  return body
}
