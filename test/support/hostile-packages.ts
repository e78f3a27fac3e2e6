// The table of hostile packages: what is inside the CMS, and the code it must be refused with.

import { deflateRawSync } from 'node:zlib'
import type { RefusalCode } from '../../schemas/refusals.ts'
import {
  dataDescriptor,
  extraField,
  type HostileArchive,
  type HostileEntry,
  hostileZip,
} from './hostile-zip.ts'
import { sampleDescription, sampleEntries, sampleIds, sampleReceipts } from './sample-package.ts'

/** One hostile package; `zip` makes the bytes that stand inside the signed container. */
type HostilePackage = { name: string; code: RefusalCode; zip: () => Uint8Array }

const folder = sampleIds.message
const mebibyte = 1024 * 1024
const bytes = (text: string) => Buffer.from(text)

/** The sample message with one more entry. */
const withEntry = (entry: HostileEntry) => () => hostileZip([...sampleEntries(), entry])
/** The sample message with changed fields of its document body. */
const withBody = (fields: Partial<HostileEntry>) => () =>
  hostileZip(sampleEntries().map((entry, index) => (index === 1 ? { ...entry, ...fields } : entry)))
const withArchive = (archive: HostileArchive) => () => hostileZip(sampleEntries(), archive)
const withDescription = (description: Uint8Array) => () =>
  hostileZip(sampleEntries({ description }).map((entry) => ({ ...entry, method: 0 })))
const edited = (from: string | RegExp, to: string) =>
  withDescription(sampleDescription((xml) => xml.replace(from, to)))

const rows = (code: RefusalCode, makers: Record<string, () => Uint8Array>): HostilePackage[] =>
  Object.entries(makers).map(([name, zip]) => ({ name, code, zip }))

const names: HostilePackage[] = [
  ...rows('zip.name', {
    'a path that leads upwards': withEntry({ name: `${folder}/../../evil.bin` }),
    'an absolute path': withEntry({ name: '/etc/evil.bin' }),
    'a path with backslashes': withEntry({ name: `${folder}\\..\\evil.bin` }),
    'a path with a drive': withEntry({ name: 'C:/evil.bin' }),
    'a name with a zero byte': withEntry({ name: `${folder}/description.xml\0.bin` }),
    'a name with a line break': withEntry({ name: `${folder}/a\nb.bin` }),
    'a name that turns the reading direction': withEntry({ name: `${folder}/\u202enib.exe` }),
    'an empty name': withEntry({ name: '' }),
    'a name of 300 characters': withEntry({ name: 'a'.repeat(300) }),
    'a name with an empty part': withEntry({ name: `${folder}//x.bin` }),
    'a name of a dot': withEntry({ name: `${folder}/./x.bin` }),
    'a name in a code page': withEntry({ name: Buffer.from([0x8f, 0xe0, 0xa8]) }),
  }),
  ...rows('zip.duplicate', {
    'a name that stands twice': withEntry({ name: `${folder}/description.xml`, content: bytes('x') }),
    'a name that differs by case': withEntry({ name: `${folder}/DESCRIPTION.XML` }),
    'a name that differs by composed letters': () =>
      hostileZip([...sampleEntries(), { name: 'й.bin' }, { name: '\u0438\u0306.bin' }]),
    'a file that is also a folder': withEntry({ name: `${folder}/description.xml/` }),
  }),
  ...rows('zip.link', {
    'a symbolic link': withEntry({ name: `${folder}/x.bin`, madeBy: 0x0314, attributes: 0xa1ff0000 }),
    'a device': withEntry({ name: `${folder}/x.bin`, madeBy: 0x0314, attributes: 0x61b60000 }),
    'a named pipe': withEntry({ name: `${folder}/x.bin`, madeBy: 0x0314, attributes: 0x11b60000 }),
    'a reparse point of NTFS': withEntry({ name: `${folder}/x.bin`, madeBy: 0x0a14, attributes: 0x400 }),
    'a folder without a slash': withEntry({ name: `${folder}/x.bin`, attributes: 0x10 }),
  }),
]

const headers: HostilePackage[] = [
  ...rows('zip.encrypted', {
    'an encrypted entry': withBody({ flags: 1, local: { flags: 1 } }),
    'an entry encrypted by its local header only': withBody({ local: { flags: 1 } }),
    'a strongly encrypted entry': withBody({ flags: 0x41, local: { flags: 0x41 } }),
  }),
  ...rows('zip.method', {
    bzip2: withBody({ method: 12, packed: bytes('BZh') }),
    'the method of AES': withBody({ method: 99, packed: bytes('x') }),
  }),
  ...rows('zip.crc', { 'a wrong CRC': withBody({ crc32: 1 }) }),
  ...rows('zip.broken', {
    'a broken deflate stream': withBody({ packed: Buffer.from([0xff, 0xff, 0xff]) }),
    'a deflate stream cut short': withBody({ packed: deflateRawSync(bytes('a document')).subarray(0, 5) }),
    'a directory that points at no header': withBody({ offset: 7 }),
    'no archive at all': () => Buffer.alloc(1000, 'x'),
    'no bytes': () => new Uint8Array(),
  }),
  ...rows('zip.lying', {
    'a size that is too small': withBody({ size: 5 }),
    'a size that is too large': withBody({ size: 50 }),
    'a size of nothing with a deflated flood': withBody({
      packed: deflateRawSync(Buffer.alloc(mebibyte)),
      size: 0,
    }),
    'two sizes of a stored entry': withBody({ method: 0, compressedSize: 4 }),
    'another name in the local header': withBody({ local: { name: `${folder}/${'d'.repeat(32)}.bin` } }),
    'another method in the local header': withBody({ local: { method: 0 } }),
    'another size in the local header': withBody({ local: { size: 11 } }),
    'another CRC in the local header': withBody({ local: { crc32: 11 } }),
    'a second name in an extra field': withBody({
      extra: extraField(0x7075, Buffer.concat([Buffer.alloc(5, 1), bytes('evil.bin')])),
    }),
    'a data descriptor that differs': withBody({
      flags: 8,
      behind: dataDescriptor(bytes('a document'), { signed: true, wrong: true }),
    }),
    'bytes behind a deflate stream': withBody({
      packed: Buffer.concat([deflateRawSync(bytes('a document')), bytes('hidden')]),
    }),
    'bytes between entries': withBody({ behind: bytes('hidden') }),
    'bytes before the archive': withArchive({ before: bytes('#!/bin/sh\n') }),
    'bytes after the archive': withArchive({ after: bytes('hidden') }),
    'bytes between directory and end': withArchive({ betweenDirectoryAndEnd: bytes('hidden') }),
    'a directory that is said to be shorter': withArchive({ directoryBytes: 46 }),
    'fewer entries than there are': withArchive({ count: 2 }),
    'entries that overlap': withBody({ method: 0, size: 60, compressedSize: 60 }),
    'one content for two entries': withEntry({
      name: `${folder}/${'d'.repeat(32)}.bin`,
      offset: 0,
      ghost: true,
    }),
  }),
  ...rows('zip.unsupported', {
    'an entry of zip64': withBody({ extra: extraField(1, Buffer.alloc(24)), size: 0xffffffff }),
    'an archive of zip64': withArchive({ count: 0xffff }),
    'a locator of zip64': withArchive({
      betweenDirectoryAndEnd: Buffer.from('504b0607'.padEnd(40, '0'), 'hex'),
    }),
    'several volumes': withArchive({ volume: 1 }),
    'an entry on another volume': withBody({ volume: 3 }),
  }),
]

const bombs: HostilePackage[] = [
  ...rows('zip.bomb', {
    'a bomb by ratio': withBody({ content: Buffer.alloc(20 * mebibyte) }),
    'a bomb by ratio of all entries': () =>
      hostileZip(
        Array.from({ length: 20 }, (_, index) => ({
          name: `${folder}/${String(index).padStart(32, '0')}.bin`,
          content: Buffer.alloc(mebibyte),
        })),
      ),
    'a bomb by the size of an entry': withBody({ size: 300 * mebibyte }),
    'a bomb by the size of all entries': () =>
      hostileZip(
        Array.from({ length: 3 }, (_, index) => ({
          name: `${folder}/${String(index).padStart(32, '0')}.bin`,
          packed: Buffer.alloc(mebibyte),
          size: 200 * mebibyte,
        })),
      ),
  }),
  ...rows('zip.too-many', {
    'a bomb by count': () =>
      hostileZip(Array.from({ length: 5000 }, (_, index) => ({ name: `${folder}/${index}`, method: 0 }))),
  }),
  ...rows('zip.empty', { 'an empty archive': () => hostileZip([]) }),
]

const structures: HostilePackage[] = [
  ...rows('package.root-files', {
    'a file in the root': withEntry({ name: 'readme.txt' }),
    'a description in the root': () =>
      hostileZip([{ name: 'description.xml', content: sampleDescription() }]),
  }),
  ...rows('package.mixed', {
    'receipts beside a message': withEntry({ name: 'receipts.xml', content: sampleReceipts() }),
    'receipts beside a description': () =>
      hostileZip([{ name: 'receipts.xml', content: sampleReceipts() }, { name: 'description.xml' }]),
  }),
  ...rows('package.nested', {
    'a folder inside a message': withEntry({ name: `${folder}/deeper/${sampleIds.document}.bin` }),
    'an empty folder inside a message': withEntry({ name: `${folder}/deeper/`, method: 0 }),
  }),
  ...rows('package.folder-name', {
    'a folder of upper case': () => hostileZip(sampleEntries({ folder: 'A'.repeat(32) })),
    'a folder of 31 characters': () => hostileZip(sampleEntries({ folder: 'a'.repeat(31) })),
    'a resource fork': withEntry({ name: '__MACOSX/x', method: 0 }),
  }),
  ...rows('package.file-name', {
    'a file of a foreign kind': withEntry({ name: `${folder}/${sampleIds.document}.exe` }),
    'a file name of 31 characters': withEntry({ name: `${folder}/${'b'.repeat(31)}.bin` }),
    'a name with a trailing dot': withEntry({ name: `${folder}/description.xml.` }),
  }),
  ...rows('package.no-description', {
    'a folder without a description': () => hostileZip(sampleEntries().slice(1)),
    'an empty folder': withEntry({ name: `${'d'.repeat(32)}/`, method: 0 }),
  }),
  ...rows('package.too-many-messages', {
    'too many messages': () =>
      hostileZip(
        Array.from({ length: 501 }, (_, index) => ({
          name: `${String(index).padStart(32, '0')}/description.xml`,
          content: sampleDescription(),
        })),
      ),
  }),
  ...rows('package.signature-large', {
    'a signature of two megabytes': () =>
      hostileZip(
        sampleEntries({ signature: Buffer.alloc(2 * mebibyte) }).map((entry) => ({ ...entry, method: 0 })),
      ),
  }),
  ...rows('description.body-missing', {
    'a document without its body': () => hostileZip(sampleEntries().filter((_, index) => index !== 1)),
    'a signature without its file': () => hostileZip(sampleEntries().slice(0, 2)),
  }),
  ...rows('description.body-unnamed', {
    'a body no description names': withEntry({
      name: `${folder}/${'d'.repeat(32)}.bin`,
      content: bytes('x'),
    }),
    'a signature no description names': withEntry({
      name: `${folder}/${'d'.repeat(32)}.p7s`,
      content: bytes('x'),
    }),
  }),
]

const descriptions: HostilePackage[] = [
  ...rows('xml.doctype', {
    'a DOCTYPE': edited('<Сообщение', '<!DOCTYPE Сообщение [<!ENTITY x "y">]><Сообщение'),
  }),
  ...rows('xml.encoding', {
    'an encoding that is declared otherwise': edited('encoding="UTF-8"', 'encoding="windows-1251"'),
    'bytes in another encoding': withDescription(
      Buffer.from([...bytes('<a b="'), 0xcf, 0xf0, ...bytes('"/>')]),
    ),
  }),
  ...rows('xml.broken', {
    'an attribute that stands twice': edited('Получатель=', 'Получатель="2ZB" Получатель='),
    'XML cut short': withDescription(sampleDescription().subarray(0, 300)),
  }),
  ...rows('xml.limits', {
    '100 000 levels': withDescription(bytes(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`)),
    'a description of 20 megabytes': withDescription(Buffer.alloc(20 * mebibyte, 'x')),
  }),
  ...rows('xml.root', { 'an unknown root': withDescription(bytes('<a/>')) }),
  ...rows('description.id', {
    'a document id of upper case': edited(/ИдДокумента="b+"/, `ИдДокумента="${'B'.repeat(32)}"`),
  }),
  ...rows('description.participant', {
    'a sender of two characters': edited(/Отправитель="[^"]+"/, 'Отправитель="2Z"'),
  }),
  ...rows('receipts.invalid', {
    'receipts without a message id': () =>
      hostileZip([{ name: 'receipts.xml', content: sampleReceipts((xml) => xml.replace(/ИдЛС="a+"/, '')) }]),
  }),
]

/** Every hostile package, by what it attacks: names, headers, sizes, structure, descriptions. */
export const hostilePackages: readonly HostilePackage[] = [
  ...names,
  ...headers,
  ...bombs,
  ...structures,
  ...descriptions,
]
