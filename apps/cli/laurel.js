#!/usr/bin/env node
// TypeScript is run as it is: there is no build that could be out of date.
import { register } from 'tsx/esm/api'

register()
await import('./main.ts')
