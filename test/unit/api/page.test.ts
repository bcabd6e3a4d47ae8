import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { docsPage } from '../../../apps/api/docs.ts'
import { describe as describeValue, escapeHtml, page, STYLE_HASH } from '../../../apps/api/page.ts'

test('texts are escaped', () => {
  expect(escapeHtml(`<a href="x" id='y'>&</a>`)).toBe(
    '&#60;a href=&#34;x&#34; id=&#39;y&#39;&#62;&#38;&#60;/a&#62;',
  )
  expect(page('</title><script>', '')).not.toContain('<script>')
  expect(docsPage('http://"><script>')).not.toContain('<script>')
})

test.each([
  [null, '–'],
  [undefined, '–'],
  [[], 'none'],
  [true, 'true'],
  [['<', 1], '<ol><li>&#60;</li><li>1</li></ol>'],
  [
    { duplicateOf: { '<x>': 'y' } },
    '<dl><dt>duplicate of</dt><dd><dl><dt>&#60;x&#62;</dt><dd>y</dd></dl></dd></dl>',
  ],
])('%j', (value, html) => {
  expect(describeValue(value)).toBe(html)
})

test('the style is the one that the policy allows', () => {
  const style = /<style>(.*)<\/style>/s.exec(page('', ''))?.[1] ?? ''
  expect(STYLE_HASH).toBe(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
})
