import { createHash } from 'node:crypto'

const STYLE = `
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem }
code, pre { font: 0.9em/1.5 ui-monospace, monospace; background: light-dark(#f2f4f7, #20262e); border-radius: .3rem }
code { padding: .1em .3em }
pre { padding: .75rem; overflow-x: auto }
pre code { padding: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: .25rem 0 }
dt { opacity: .7 }
dd { margin: 0; overflow-wrap: anywhere }
ol { margin: 0; padding-left: 1.25rem }
`

/** What a Content-Security-Policy allows the pages' one style sheet by. */
export const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

/** A plain page without scripts; `body` is HTML, whose texts must have been escaped. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
${body}
</html>
`
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A JSON value for people: names and values, lists, texts. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none'
    return `<ol>${value.map((each) => `<li>${describe(each)}</li>`).join('')}</ol>`
  }
  if (typeof value !== 'object') return escapeHtml(String(value))
  const members = Object.entries(value).map(
    ([name, member]) => `<dt>${escapeHtml(words(name))}</dt><dd>${describe(member)}</dd>`,
  )
  return `<dl>${members.join('')}</dl>`
}

/** `duplicateOf` as people write it. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
