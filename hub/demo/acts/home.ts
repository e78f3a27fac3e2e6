// Fourth act of the demo: a partner over SFTP, and a service of our own operator with all of them.

import { freeDocument } from '../../simulate/documents.ts'
import { composeMessage } from '../../simulate/messages.ts'
import type { Side } from '../sides.ts'
import { carry, compareDocument, expectSuccess, type Scene, type Step } from '../steps.ts'

/** The steps of the act. */
export const home: readonly Step[] = [
  {
    id: 'http-to-sftp',
    ru: 'А шлёт по HTTP, В получает файл по SFTP, его квитанция возвращается к А',
    en: 'A sends over HTTP, C gets it over SFTP, its receipt comes back to A',
    run: (scene) => letter(scene, { from: scene.stage.a, to: scene.stage.c, number: '21' }),
  },
  {
    id: 'home-to-http',
    ru: 'Наша служба отправляет документ через API, А получает его по HTTP',
    en: 'our service submits a document through the API, A gets it over HTTP',
    run: (scene) => letter(scene, { from: scene.stage.home, to: scene.stage.a, number: '22' }),
  },
  {
    id: 'home-to-sftp',
    ru: 'Наша служба отправляет документ через API, В получает его по SFTP',
    en: 'our service submits a document through the API, C gets it over SFTP',
    run: (scene) => letter(scene, { from: scene.stage.home, to: scene.stage.c, number: '23' }),
  },
  {
    id: 'http-to-home',
    ru: 'А пишет нашей службе: сообщение лежит во входящих, А узнал об успехе',
    en: 'A writes to our service: the message is in its inbox, A is told success',
    run: (scene) => letter(scene, { from: scene.stage.a, to: scene.stage.home, number: '24' }),
  },
  {
    id: 'sftp-to-home',
    ru: 'В кладёт файл на SFTP: хаб забирает его, сообщение лежит во входящих службы',
    en: 'C puts a file on SFTP: the hub takes it, the message is in the inbox of the service',
    run: (scene) => letter(scene, { from: scene.stage.c, to: scene.stage.home, number: '25' }),
  },
]

const letterBytes = 3_000

/** One signed document; its sender is told success. */
async function letter(
  scene: Scene,
  { from, to, number }: { from: Side; to: Side; number: string },
): Promise<void> {
  const { found } = scene
  const at = new Date()
  const documents = [freeDocument({ at, size: letterBytes, fileName: `письмо ${number}.pdf`, number })]
  const message = composeMessage({ from: from.subscriber, to: to.subscriber, at, documents })
  const got = await carry(scene, { from, to, message })
  compareDocument(found, { message, got })
  if (to.over !== 'api') {
    const isRight = got.signatures[0]?.isRight === true
    found.check('подпись проверена по ГОСТ, она верна (the signature is right)', isRight)
  }
  await expectSuccess(found, from, message.id)
}
