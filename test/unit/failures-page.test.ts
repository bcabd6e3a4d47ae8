import { expect, test } from 'vitest'
import { failuresPage } from '../support/failures-page.ts'

test('docs/failures.md says what the list of codes says', async () => {
  await expect(failuresPage()).toMatchFileSnapshot('../../docs/failures.md')
})
