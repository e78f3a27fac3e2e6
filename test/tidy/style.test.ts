// Style that a machine can check (STYLE 1-33): sizes, first lines, banned words, docstrings of exported functions.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { brokenLimitRelations } from '../../schemas/limit-relations.ts'
import { refusals } from '../../schemas/refusals.ts'
import { project, sourceFiles } from './source-files.ts'

const fileLinesMax = 400
const functionLinesMax = 70
// The formatter wraps code at 110; comments and texts it cannot break get a little more.
const lineCharactersMax = 120
const folderFilesMax = 20

const files = sourceFiles()
const textOf = new Map(files.map((file) => [file, readFileSync(join(project, file), 'utf8')]))
const isTest = (file: string) => file.startsWith('test/')
/** Tables are read row by row: a row may be longer than a line of code. */
const tables = ['hub/mail/letter-words.ts', 'hub/portal/words.ts']
/** The parts of the table of refusals. */
const refusalTables = files.filter((file) => /^schemas\/(?:.*[/-])?refusals(?:\/[\w-]+)?\.ts$/.test(file))

t.test('files are small and say their one duty in the first line', async (t) => {
  const wrong = files.flatMap((file) => {
    const lines = (textOf.get(file) ?? '').split('\n')
    const faults: string[] = []
    if (!/^(\/\/|#!)/.test(lines[0] ?? '')) faults.push(`${file}: no first comment line`)
    if (lines.length - 1 > fileLinesMax && !isTest(file) && !tables.includes(file))
      faults.push(`${file}: ${lines.length - 1} lines`)
    return faults
  })
  t.strictSame(wrong, [])
})

t.test('lines are short', async (t) => {
  const wrong = files
    .filter((file) => !tables.includes(file) && !isTest(file))
    .flatMap((file) =>
      (textOf.get(file) ?? '')
        .split('\n')
        .flatMap((line, index) =>
          [...line].length > lineCharactersMax && !/https?:|^\s*(\/\/|\*|import|export .* from)/.test(line)
            ? [`${file}:${index + 1}`]
            : [],
        ),
    )
  t.strictSame(wrong, [])
})

t.test('functions are short', async (t) => {
  const wrong = files
    .filter((file) => !isTest(file))
    .flatMap((file) => longFunctions(file, (textOf.get(file) ?? '').split('\n')))
  t.strictSame(wrong, [])
})

/** Functions at the top level, told by the brace that closes them in the first column. */
function longFunctions(file: string, lines: string[]): string[] {
  const found: string[] = []
  lines.forEach((line, start) => {
    if (!/^(export )?(async )?function\*? /.test(line)) return
    const length = lines.slice(start).indexOf('}') + 1
    if (length > functionLinesMax) found.push(`${file}:${start + 1}: ${length} lines`)
  })
  return found
}

t.test('folders do not pile up files', async (t) => {
  const folders = [...new Set(files.filter((file) => !isTest(file)).map(dirname))]
  const wrong = folders.filter((folder) => {
    const names = readdirSync(join(project, folder)).filter((name) => name.endsWith('.ts'))
    return names.length > folderFilesMax
  })
  t.strictSame(wrong, [])
})

t.test('exported functions carry a docstring', async (t) => {
  const wrong = files
    .filter((file) => !isTest(file))
    .flatMap((file) => {
      const lines = (textOf.get(file) ?? '').split('\n')
      return lines.flatMap((line, index) =>
        /^export (async )?function/.test(line) && !/\*\/\s*$/.test(lines[index - 1] ?? '')
          ? [`${file}:${index + 1}`]
          : [],
      )
    })
  t.strictSame(wrong, [])
})

t.test('no words that hide meaning or unfinished work', async (t) => {
  const banned = [
    /\bTODO\b/,
    /\bFIXME\b/,
    /\bXXX\b/,
    /@ts-ignore/,
    /@ts-expect-error/,
    /\bas any\b/,
    /catch\s*(\(\w*\))?\s*\{\s*\}/,
  ]
  const names = /\b(class|type|function|const) \w*(Manager|Helper|Util|Utils|Service|Base|Common)\b/
  const wrong = files
    .filter((file) => file !== 'test/tidy/style.test.ts')
    .flatMap((file) => {
      // Names of libraries are theirs.
      const text = (textOf.get(file) ?? '').replace(/^import .*$/gm, '')
      return [...banned, names].filter((word) => word.test(text)).map((word) => `${file}: ${word.source}`)
    })
  t.strictSame(wrong, [])
})

t.test('every refusal code is used by the code and reached by a test', async (t) => {
  const sources = files.filter(
    (file) => !isTest(file) && !file.startsWith('docs/') && !refusalTables.includes(file),
  )
  const tests = files
    .filter(isTest)
    .map((file) => textOf.get(file) ?? '')
    .join('\n')
  const code = sources.map((file) => textOf.get(file) ?? '').join('\n')
  const unused = Object.keys(refusals).filter((name) => !code.includes(`'${name}'`))
  const untested = Object.keys(refusals).filter((name) => !tests.includes(name))
  t.strictSame(unused, [], 'codes nobody gives')
  t.strictSame(untested, [], 'codes no test reaches')
})

t.test('every refusal code stands in one part of the table, once', async (t) => {
  // Of two rows of one code the later part would win, without a word of the compiler.
  const rows = refusalTables.flatMap((file) =>
    [...(textOf.get(file) ?? '').matchAll(/^ {2}'([^']+)': /gm)].map(([, name]) => name),
  )
  t.strictSame(rows.toSorted(), Object.keys(refusals).toSorted())
})

t.test('limits relate as they must', async (t) => t.strictSame(brokenLimitRelations(), []))
