// First act of the demo: the hub and everybody it knows.

import type { Side } from '../sides.ts'
import type { Stage } from '../stage.ts'
import type { Step } from '../steps.ts'

/** The steps of the act. */
export const opening: readonly Step[] = [
  {
    id: 'start',
    ru: 'Хаб запущен на встроенной базе, три оператора и своя служба подключены',
    en: 'the hub runs on its embedded database; three operators and a service of ours are connected',
    async run({ stage, found }) {
      const { hub, a, b, c, home, readyMs, hubThumbprint } = stage
      found.fact('приём пакетов (packages go to)', hub.partnerAddress)
      found.fact('API служб (internal API)', hub.internalAddress)
      found.fact('управление (admin plane)', hub.adminAddress)
      found.fact('сертификат хаба (hub certificate)', hubThumbprint)
      for (const side of [a, b, c, home]) {
        const { operator, subscriber } = side
        found.fact(`${operator.code} ${operator.name}`, wayOf(side))
        found.fact(`  участник (subscriber)`, `${subscriber.name} ${subscriber.id}`)
      }
      found.fact(
        'запуск (started in)',
        `${readyMs.hub} мс хаб (hub), ${readyMs.partners} мс операторы (operators)`,
      )
      const states = [a, b, c].map(({ operator }) => peerState(stage, operator.code))
      found.check(
        'все три узла активны (all three peers are active)',
        states.every((state) => state === 'active'),
      )
    },
  },
]

function wayOf({ over, operator, party }: Side): string {
  if (over === 'api') return 'API внутренних служб (internal API)'
  return `${operator.address}, ${party.identity.privateKey.curve.name}`
}

function peerState({ hub }: Stage, code: string): string | undefined {
  return hub.registry.book().peers.get(`demo-${code.toLowerCase()}`)?.state
}
