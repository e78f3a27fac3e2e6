// The table of stages against the tree: each stage is a file named with its number, and they stand in one order.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { processStages, stages } from '../../hub/pipeline/stages.ts'
import { project } from './source-files.ts'

t.test('every stage is a file named with its number', async (t) => {
  for (const { number, name } of stages) {
    const file = `hub/pipeline/${number}-${name}.ts`
    t.ok(existsSync(join(project, file)), file)
  }
  t.strictSame(
    stages.map(({ number }) => number),
    [1, 2, 3, 4, 5, 6, 7],
  )
})

t.test('the stages of the PROCESS hop run in the order of their numbers', async (t) => {
  const inTable = stages.filter(({ hop }) => hop === 'process').map(({ name }) => name)
  t.strictSame(
    processStages.map(({ name }) => name),
    inTable,
  )
})
