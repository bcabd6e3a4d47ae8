import { test } from 'vitest'
import { assertPlantable } from '../mutation/mutants.ts'

test('every fault can be planted in the code as it is', assertPlantable)
