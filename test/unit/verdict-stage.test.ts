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

function contextOf(trust: TrustView): { context: PipelineContext; faults: unknown[]; judged: string[] } {
  const faults: unknown[] = []
  const judged: string[] = []
  const context = {
    trust: () => trust,
    book: () => ({ peers: new Map() }),
    attorneys: makeAttorneyDesk({
      registry: undefined,
      deadlineMs: 1000,
      read: () => Promise.reject(new Error('nothing to read')),
    }),
    watcher: {
      fault: (_: string, error: unknown) => void faults.push(error),
      judged: (_: string, indication: string) => void judged.push(indication),
    },
  }
  return { context: context as unknown as PipelineContext, faults, judged }
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
  const { context, faults, judged } = contextOf(trust)
  const batch = [passageOf('one', 1), passageOf('other', 1)]
  await verify.run(context, batch, now)
  t.match(batch[0]?.fault, { message: 'a fault of the view' })
  t.equal(batch[0]?.judged, undefined)
  t.equal(batch[1]?.fault, undefined)
  t.equal(batch[1]?.judged?.verdict.indication, 'TOTAL-PASSED')
  t.equal(faults.length, 1)
  t.strictSame(judged, ['TOTAL-PASSED'])
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
