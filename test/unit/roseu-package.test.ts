// Opening whole packages of the dialect: structure, bodies, digests, the corpus.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { copiedPart, writeZip } from '../../operators/containers/zip/write.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import { limits } from '../../schemas/limits.ts'
import type { OpenedMessage, PackageContent } from '../../schemas/package.ts'
import { isRefusal, type Refusal, type RefusalCode } from '../../schemas/refusals.ts'
import { beside } from '../support/beside.ts'
import { type HostileEntry, hostileZip } from '../support/hostile-zip.ts'
import {
  accepted,
  sampleDescription,
  sampleEntries,
  sampleIds,
  sampleInvitation,
} from '../support/sample-package.ts'

const { path: corpus, absent: corpusAbsent } = beside('corpus/packages')

function messagesOf(content: PackageContent | Refusal): OpenedMessage[] {
  const opened = accepted(content)
  return opened.kind === 'messages' ? opened.messages : []
}

function digestOf(zip: Uint8Array): string | undefined {
  return messagesOf(roseu.openContent(zip))[0]?.contentSha256
}

t.test('a package opens with places from which its entries are copied byte for byte (RULES 7)', async (t) => {
  const zip = hostileZip([...sampleEntries()].reverse())
  const [message] = messagesOf(roseu.openContent(zip))
  t.match(message, { id: sampleIds.message, description: { kind: 'message' }, entries: { length: 3 } })
  const first = message?.entries[0]
  t.equal(first?.name, `${sampleIds.message}/description.xml`, 'the description comes first')
  t.ok(first !== undefined && Buffer.from(accepted(inflateEntry(zip, first))).equals(sampleDescription()))
})

t.test('the digest of a message knows it again, however it is packed (RULES 12)', async (t) => {
  const zip = hostileZip([...sampleEntries()].reverse())
  const entries = messagesOf(roseu.openContent(zip))[0]?.entries ?? []
  t.equal(digestOf(writeZip(entries.map((place) => copiedPart(zip, place, place.name)))), digestOf(zip))
  t.equal(digestOf(hostileZip(sampleEntries().map((entry) => ({ ...entry, method: 0 })))), digestOf(zip))
  const other = Buffer.from('other')
  const longer = sampleDescription((xml) => `${xml}\n`)
  for (const change of [{ body: other }, { signature: other }, { description: longer }]) {
    t.not(digestOf(hostileZip(sampleEntries(change))), digestOf(zip))
  }
})

t.test('messages keep the order of their folders, and folder entries are no files', async (t) => {
  const folders = ['d', 'a', 'b'].map((letter) => letter.repeat(32))
  const entries = folders.flatMap((folder): HostileEntry[] => [
    { name: `${folder}/`, method: 0 },
    ...sampleEntries({ folder }),
  ])
  const messages = messagesOf(roseu.openContent(hostileZip(entries)))
  t.strictSame(
    messages.map((message) => [message.id, message.entries.length]),
    folders.map((id) => [id, 3]),
  )
})

t.test('a signature of an earlier document needs no body', async (t) => {
  const description = sampleDescription((xml) => xml.replace(/<Документ .*<\/Документ>/s, ''))
  const entries = sampleEntries({ description }).filter(({ name }) => !String(name).endsWith('.bin'))
  t.match(messagesOf(roseu.openContent(hostileZip(entries))), [{ description: { documents: [] } }])
})

t.test('an invitation may bring its first document, with the body it names', async (t) => {
  const contents = /<Документ.*\/>/s.exec(sampleDescription().toString())?.[0] ?? ''
  const description = sampleInvitation((xml) => xml.replace('<Комментарий>', `${contents}<Комментарий>`))
  const entries = sampleEntries({ description })
  t.match(messagesOf(roseu.openContent(hostileZip(entries))), [{ description: { documents: [{}] } }])
  t.match(roseu.openContent(hostileZip(entries.slice(0, 1))), { code: 'description.body-missing' })
})

t.test('the limits of a package hold on both sides', async (t) => {
  const description = sampleInvitation()
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${String(index).padStart(32, '0')}/description.xml`,
      content: description,
    }))
  t.equal(messagesOf(roseu.openContent(hostileZip(many(limits.messagesPerPackageMax)))).length, 500)
  const tooMany = roseu.openContent(hostileZip(many(limits.messagesPerPackageMax + 1)))
  t.match(tooMany, { code: 'package.too-many-messages' })
  const signed = (size: number) => {
    const entries = sampleEntries({ signature: Buffer.alloc(size) })
    return roseu.openContent(hostileZip(entries.map((entry) => ({ ...entry, method: 0 }))))
  }
  t.equal(messagesOf(signed(limits.signatureBytesMax)).length, 1)
  t.match(signed(limits.signatureBytesMax + 1), { code: 'package.signature-large' })
})

t.test('inspection goes on after a fault and gives what could be read', async (t) => {
  const folder = 'd'.repeat(32)
  const description = sampleDescription((xml) => xml.replace('Отправитель', 'О').replace('>2026', '>x'))
  const entries = [...sampleEntries({ folder, description }), ...sampleEntries(), { name: 'readme.txt' }]
  const inspection = roseu.inspectContent(hostileZip(entries))
  t.match(inspection.faults, [
    { code: 'package.root-files', at: 'readme.txt' },
    { code: 'description.attribute', at: `${folder}/description.xml: Сообщение/@Отправитель` },
    { code: 'description.attribute', at: `${folder}/description.xml: Сообщение/Документ/Дата` },
  ])
  t.equal(inspection.faults.length, 3)
  t.match(inspection.messages, [{ opened: undefined }, { opened: { id: sampleIds.message } }])
  t.equal(inspection.entries.length, 7)
})

t.test('every package of the corpus opens or is refused as expected', { skip: corpusAbsent }, async (t) => {
  const structural: Record<string, RefusalCode> = {
    'refused-bad-name.cms': 'zip.name',
    'refused-empty.cms': 'zip.empty',
    'refused-mixed-receipts.cms': 'package.mixed',
    'refused-nested-directory.cms': 'package.nested',
    'refused-no-description.cms': 'package.no-description',
  }
  for (const file of readdirSync(corpus)) {
    const cms = readFileSync(join(corpus, file))
    const start = cms.includes('PK\x03\x04') ? cms.indexOf('PK\x03\x04') : cms.indexOf('PK\x05\x06')
    const content = roseu.openContent(cms.subarray(start, cms.lastIndexOf('PK\x05\x06') + 22))
    const code = structural[file]
    if (code !== undefined) t.match(content, { code }, file)
    else if (file === 'refused-flipped-byte.cms') t.ok(isRefusal(content), file)
    else t.match(content, { kind: file.startsWith('receipts') ? 'receipts' : 'messages' }, file)
  }
})
