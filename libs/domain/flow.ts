/** A value on one line, as a person would write it in YAML: `{ id: points, expiresAfterDays: 365 }`. */
export function flow(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, each]) => `${key}: ${flow(each)}`)
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
  }
  return typeof value === 'string' && mustBeQuoted(value) ? quoted(value) : String(value)
}

/** What was found, for the end of a message: shortened where it is long. */
export function found(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (value === '') return 'an empty text'
  if (Array.isArray(value) && value.length === 0) return 'an empty list'
  const text = flow(value)
  if (text.length <= 60) return text
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' ? 'settings' : `${text.slice(0, 57)}…`
}

/** Text that YAML would take for something else, or cut short. */
function mustBeQuoted(text: string): boolean {
  return (
    text === '' ||
    text !== text.trim() ||
    /^[-?:,[\]{}#&*!|>'"%@`]|: |:$| #|[\n\t]/.test(text) ||
    /^(true|false|null|~|[-+]?[\d.][\d.eE+-]*)$/i.test(text)
  )
}

/** In single quotes, where YAML leaves everything but them as it is. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
