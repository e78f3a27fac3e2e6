// Stage 3 alone: what one message costs or fails at is its own, and the event loop is given to others meanwhile.

import { setImmediate } from 'node:timers'
import t from 'tap'
import { verify } from '../../hub/pipeline/3-verify.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import type { Passage } from '../../hub/pipeline/passage.ts'
import { createSignatureCheck } from '../../hub/trust/cms/check.ts'
import { signDetached } from '../../hub/trust/sign.ts'
import { digestBytes } from '../../hub/trust/signature-scheme.ts'
import { makeAttorneyDesk } from '../../hub/trust/verdict/attorney-desk.ts'
import type { ReadSignature, TrustView } from '../../hub/trust/verdict/gather.ts'
import { viewOfFiles } from '../../hub/trust/view/local-trust.ts'
import { limits } from '../../schemas/limits.ts'
import { AttorneySigners } from '../support/attorney-signers.ts'
import { cast } from '../support/attorneys.ts'
import { certify, nameOf, newKey, type TestKey } from '../support/x509-maker.ts'

const signers = new AttorneySigners()
const signer = signers.head(cast.organisation)
const sound = viewOfFiles({ anchors: [signers.root], intermediates: [], lists: signers.lists() })
const now = new Date()
const body = Buffer.from('document')

function read(id: string): ReadSignature {
  const check = createSignatureCheck(signDetached({ ...signer, content: body, at: now }))
  for (const name of check.digests) check.giveDigest(name, digestBytes(name, body))
  const { facts, certificates } = check.finish()
  return { id, document: 'd', participant: 'p', participantInn: cast.organisation.inn, facts, certificates }
}

function passageOf(id: string, signatures: number): Passage {
  const document = { id: 'd', type: 'СФ', encrypted: false, parents: [] }
  return {
    message: { id, peer: 'peer', sender: 'p', recipient: 'q', wire_id: id, received_at: now },
    packageIn: { blob: 'blob' },
    examined: {
      documents: [document],
      bodies: [{ document: 'd', size: body.length, sha256: '', streebog256: '' }],
      signatures: Array.from({ length: signatures }, (_, number) => read(`s${number}`)),
      attorneys: [],
      references: [],
    },
  } as unknown as Passage
}

function contextOf(trust: TrustView): { context: PipelineContext; faults: unknown[] } {
  const faults: unknown[] = []
  const context = {
    trust: () => trust,
    book: () => ({ peers: new Map() }),
    attorneys: makeAttorneyDesk({
      registry: undefined,
      deadlineMs: 1000,
      read: () => Promise.reject(new Error('nothing to read')),
    }),
    // A verdict is told of by whoever commits it.
    watcher: { fault: (_: string, error: unknown) => void faults.push(error) },
  }
  return { context: context as unknown as PipelineContext, faults }
}

t.test('a message whose chains cannot be gathered is put off alone', async (t) => {
  let asked = 0
  const trust: TrustView = {
    edition: sound.edition,
    chainOf(question) {
      asked += 1
      if (asked === 1) throw new Error('a fault of the view')
      return sound.chainOf(question)
    },
  }
  const { context, faults } = contextOf(trust)
  const batch = [passageOf('one', 1), passageOf('other', 1)]
  await verify.run(context, batch, now)
  t.match(batch[0]?.fault, { message: 'a fault of the view' })
  t.equal(batch[0]?.judged, undefined)
  t.equal(batch[1]?.fault, undefined)
  t.equal(batch[1]?.judged?.verdict.indication, 'TOTAL-PASSED')
  t.equal(faults.length, 1)
})

t.test('chains that take long to look for do not keep the event loop from others', async (t) => {
  const signatures = 5
  let turns = 0
  const seen: number[] = []
  const trust: TrustView = {
    edition: sound.edition,
    chainOf(question) {
      seen.push(turns)
      // Work that holds the loop for longer than one turn may.
      for (const until = performance.now() + limits.gatherTurnMs + 1; performance.now() < until; );
      return sound.chainOf(question)
    },
  }
  const { context } = contextOf(trust)
  const batch = [passageOf('one', signatures), passageOf('other', signatures)]
  let isOver = false
  const tick = () => {
    turns += 1
    if (!isOver) setImmediate(tick)
  }
  setImmediate(tick)
  await verify.run(context, batch, now)
  isOver = true
  t.equal(seen.length, 2 * signatures)
  t.equal(new Set(seen).size, seen.length, 'between any two of them others had a turn')
})

t.test('facts that take long to write do not keep the event loop from others', async (t) => {
  const signatures = 5
  let turns = 0
  const seen: number[] = []
  const { context } = contextOf(sound)
  const batch = [passageOf('one', signatures), passageOf('other', signatures)]
  for (const signature of batch.flatMap(({ examined }) => examined?.signatures ?? [])) {
    Object.assign(signature.facts ?? {}, {
      toJSON() {
        seen.push(turns)
        for (const until = performance.now() + limits.gatherTurnMs + 1; performance.now() < until; );
        return {}
      },
    })
  }
  let isOver = false
  const tick = () => {
    turns += 1
    if (!isOver) setImmediate(tick)
  }
  setImmediate(tick)
  await verify.run(context, batch, now)
  isOver = true
  t.equal(seen.length, 2 * signatures)
  t.equal(new Set(seen).size, seen.length, 'between any two of them others had a turn')
})

/** A signature file whose certificates of one name look as if each had issued the others, with all of them as signers. */
function labyrinth(id: string, keys: readonly TestKey[], signer: TestKey): ReadSignature {
  const sample = read(id)
  const [like] = sample.facts?.signers ?? []
  if (sample.facts === undefined || like?.certificate === undefined) throw new Error('no signer')
  const name = nameOf('Labyrinth')
  const certificates = keys.map(
    (key) => certify({ subject: name, issuerName: name, key, signer, authority: true }).certificate,
  )
  const { certificate } = like
  const signers = certificates.map(({ thumbprint }) => ({
    ...like,
    certificate: { ...certificate, sha256: thumbprint },
  }))
  return { ...sample, facts: { ...sample.facts, signers }, certificates: certificates.map(({ der }) => der) }
}

t.test('what certificates of strangers cost is bounded for a message, and spoils no other', async (t) => {
  const keys = Array.from({ length: limits.certificatesPerCmsMax }, () => newKey())
  const signer = newKey()
  // Each is asked whether any of the others signed it; none did.
  const checksPerFile = keys.length * (keys.length - 1)
  const files = Math.ceil(limits.pathSignaturesPerMessageMax / checksPerFile)
  const hostile = Array.from({ length: files }, (_, number) => labyrinth(`h${number}`, keys, signer))
  const trust = viewOfFiles({ anchors: [signers.root], intermediates: [], lists: signers.lists() })
  const judge = async (signatures: readonly ReadSignature[]) => {
    const passage = passageOf('one', 0)
    passage.examined?.signatures.push(...signatures)
    const { context } = contextOf(trust)
    await verify.run(context, [passage], now)
    return passage.judged?.verdict.signatures.map(({ signers }) =>
      signers.at(-1)?.checks.flatMap(({ found }) => found.map(({ problem }) => problem)),
    )
  }
  const told = await judge([...hostile, read('late')])
  t.strictSame(
    told?.map((problems) => problems?.includes('path.limit')),
    [...Array.from({ length: files - 1 }, () => false), true, true],
  )
  t.strictSame(await judge([read('other')]), [[]], 'another message finds what this one could not')
  t.strictSame(await judge([...hostile.slice(0, 1), read('early')]), [['path.signature'], []])
})

t.test('the work of a message is counted in candidates too', (t) => {
  const question = { certificate: signer.certificate.thumbprint, embedded: [signer.certificate.der] }
  const ask = (candidatesLeft: number, trust: TrustView) => {
    const work = { signaturesLeft: 10, candidatesLeft }
    const at = now.toISOString()
    const { path } = trust.chainOf({ ...question, at, now: at, work })
    return {
      problems: path.problems.map(({ problem }) => problem),
      used: candidatesLeft - work.candidatesLeft,
    }
  }
  const fresh = () => viewOfFiles({ anchors: [signers.root], intermediates: [], lists: signers.lists() })
  const { used } = ask(limits.pathCandidatesPerMessageMax, fresh())
  t.ok(used > 0)
  t.strictSame(ask(used, fresh()).problems, [])
  const trust = fresh()
  t.match(ask(used - 1, trust).problems, ['path.no-anchor', 'path.limit'])
  t.strictSame(ask(used, trust).problems, [], 'what was cut short is not remembered')
  t.end()
})
