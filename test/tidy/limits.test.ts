// RULES 30: bounds, pauses and deadlines stand in the tables of limits and settings, and every row is used.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type LimitName, limits } from '../../schemas/limits.ts'
import { project, sourceFiles } from './source-files.ts'

const sources = sourceFiles()
  .filter((file) => /^(hub|routing|operators|monitoring|schemas)\//.test(file))
  .map((file) => ({ file, text: readFileSync(join(project, file), 'utf8') }))

/** Folders and files whose numbers are no bounds of a running hub, and why. */
const exempt: Readonly<Record<string, string>> = {
  'schemas/limits.ts': 'the table',
  'schemas/bulk/limits.ts': 'a part of the table',
  'schemas/directory/limits.ts': 'a part of the table',
  'schemas/invites/limits.ts': 'a part of the table',
  'schemas/links/limits.ts': 'a part of the table',
  'schemas/mail/limits.ts': 'a part of the table',
  'schemas/settings.ts': 'the table',
  'hub/cli/': 'what a person waits for at a terminal, or is shown there',
  'hub/demo/': 'the story of the demo',
  'hub/simulate/': 'simulated partners',
  'hub/trust/gost/': 'sizes of the algorithms',
  'operators/containers/zip/': 'sizes of the ZIP format',
}
/** Constants that are no bounds, and why. */
const exemptNames: Readonly<Record<string, string>> = {
  'hub/adapters/blobs-segments/record.ts headerBytes': 'the form of a record',
  'hub/home/submit.ts wireIdBytes': 'the form of an ИдЛС',
  'hub/links/form-invitation.ts wireIdBytes': 'the form of an ИдЛС',
  'hub/invites/stand-in.ts standInBytes': 'the strength of an id',
  'hub/invites/claims.ts tokenBytes': 'the strength of a token',
  'hub/pipeline/run/control.ts saltBytes': 'the strength of a salt',
  'hub/pipeline/run/outgoing.ts nameBytes': 'the strength of a name',
  'hub/planes.ts tokenBytes': 'the strength of a token',
  'hub/store/ids.ts millisecondsMax': 'the form of a UUID',
  'hub/store/ids.ts counterMax': 'the form of a UUID',
  'operators/dialects/roseu/read-receipts.ts timeLengthMax': 'the published schema',
  'operators/dialects/roseu/write.ts organisationNameLengthMax': 'the published schema',
  'operators/transports/http-answer.ts bodyKeptBytesMax':
    'below any limit of the door, which are its own there',
  'operators/transports/http-body.ts chunkedFirstBytes':
    'below any limit of the door, which are its own there',
  'operators/transports/http-body.ts tickMsMax': 'how finely the time-outs of the door are looked at',
  'operators/transports/http-body.ts tickMsMin': 'how finely the time-outs of the door are looked at',
  'schemas/ids.ts participantCharactersMax': 'RULES 5',
}

const constant =
  /^(?:export )?const (\w*(?:Ms|Max|Bytes|Retries|Rounds|[a-z]S)(?:Max|Min)?) = [\d(-][\d_ */+()a-z-]*$/gm

t.test('RULES 30: no bound, pause or deadline stands outside of the tables', async (t) => {
  const found = sources.flatMap(({ file, text }) =>
    [...text.matchAll(constant)].map(([, name]) => ({ file, name: `${file} ${name}` })),
  )
  t.ok(found.length > Object.keys(exemptNames).length)
  const isExempt = ({ file, name }: { file: string; name: string }) =>
    Object.hasOwn(exemptNames, name) || Object.keys(exempt).some((place) => file.startsWith(place))
  t.strictSame(
    found.filter((one) => !isExempt(one)).map(({ name }) => name),
    [],
  )
  const names = new Set(found.map(({ name }) => name))
  t.strictSame(
    Object.keys(exemptNames).filter((name) => !names.has(name)),
    [],
    'no exemption outlives its constant',
  )
})

t.test('every limit bounds something', async (t) => {
  const isTable = (file: string) => /^schemas\/(?:\w+\/)?limits\.ts$/.test(file)
  const texts = sources.filter(({ file }) => !isTable(file)).map(({ text }) => text)
  const isUsed = (name: LimitName) =>
    texts.some((text) => new RegExp(`\\b(?:limits|bounds)\\??\\.${name}\\b`).test(text))
  t.strictSame(
    (Object.keys(limits) as LimitName[]).filter((name) => !isUsed(name)),
    [],
  )
})

t.test('no limit stands twice: of two rows of one name the later would win unseen', async (t) => {
  const tables = sources.filter(({ file }) => /^schemas\/(?:\w+\/)?limits\.ts$/.test(file))
  const names = tables.flatMap(({ text }) => [...text.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name))
  t.equal(new Set(names).size, Object.keys(limits).length)
  t.equal(names.length, Object.keys(limits).length)
})
