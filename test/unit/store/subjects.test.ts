import { expect, test } from 'vitest'
import type { Subject } from '#domain/subject.ts'
import { subjectKey } from '#store/subjects.ts'

test('a subject’s key tells kinds of one value apart', () => {
  const subjects: Subject[] = [
    { kind: 'msisdn', value: '+8801700000042' },
    { kind: 'other', value: '+8801700000042' },
    { kind: 'other', value: 'msisdn:+8801700000042' },
    { kind: 'uuid', value: '3e0a1c5e-aaaa-4bbb-8ccc-0123456789ab' },
  ]
  expect(new Set(subjects.map(subjectKey)).size).toBe(4)
  expect(subjectKey(subjects[0]!)).toBe('msisdn:+8801700000042')
})
