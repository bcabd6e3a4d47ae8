import { expect, test } from 'vitest'
import { loginPage } from '../../../apps/ops/login-page.ts'

test('what comes from outside stays text', () => {
  const page = loginPage('/queue/x"><script>alert(1)</script>', "it's <b>wrong</b> & more")
  expect(page).not.toContain('<script>')
  expect(page).not.toContain('<b>')
  expect(page).toContain('value="/queue/x&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;"')
  expect(page).toContain('it&#39;s &#60;b&#62;wrong&#60;/b&#62; &#38; more')
})

test('says nothing is wrong before the first attempt', () => {
  expect(loginPage('/')).not.toContain('role="alert"')
})
