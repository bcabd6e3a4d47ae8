import { difference } from '../test/reference/difference.ts'
import { reference } from '../test/reference/reference.ts'
import type { Installation } from '../test/support/installation.ts'

/** Customers whose result is looked at. */
export const SAMPLE = 300

/** How a sample of customers differs from the reference, which knows the starter program only. */
export async function referenceFaults(installation: Installation): Promise<readonly string[]> {
  await installation.startApi()
  const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const { customers } = reference(await installation.messages(), {
    now: Date.now(),
    hostZone,
    cluster: await installation.admin.clusterId(),
  })
  const step = Math.max(1, Math.floor(customers.size / SAMPLE))
  const expected = new Map([...customers].filter((_, index) => index % step === 0))
  const actual = new Map<string, unknown>()
  for (const key of expected.keys()) {
    const id = key.slice(key.indexOf(':') + 1)
    actual.set(key, await installation.ask(`/v1/customers/${encodeURIComponent(id)}`))
  }
  return difference(expected, actual)
}

/** How what is stored of a sample of customers is not what their events come to under the program, whichever it is. */
export async function auditFaults(installation: Installation): Promise<readonly string[]> {
  try {
    await installation.command('audit', '--sample', String(SAMPLE))
    return []
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
    return [`laurel audit: ${(stdout + stderr).trim() || String(error)}`]
  }
}
