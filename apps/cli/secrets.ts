import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export interface Secrets {
  readonly opsPassword: string
  /** Webhook tokens by source. */
  readonly tokens: Readonly<Record<string, string>>
}

/** What a local start needs to let people in: made once, and kept where only their owner reads them. */
export function localSecrets(file: string, sources: readonly string[]): Secrets {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {}
  const secrets: Secrets = {
    opsPassword: known.opsPassword ?? randomBytes(9).toString('base64url'),
    tokens: Object.fromEntries(
      sources.map((source) => [source, known.tokens?.[source] ?? randomBytes(18).toString('base64url')]),
    ),
  }
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
  return secrets
}
