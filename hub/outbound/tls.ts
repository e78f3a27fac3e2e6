// The TLS of connections to partners: authorities and the certificate the hub shows, from files of the settings.

import type { HttpCourierOptions } from '../../operators/transports/http-client.ts'
import type { Settings } from '../../schemas/settings.ts'
import { checkTls, readTls } from '../start-refusals.ts'

/** What the courier gets of it. */
export type OutboundTls = Pick<HttpCourierOptions, 'ca' | 'clientCertificate'>

/** What TLS to partners needs besides the system's own; files are read once, at the start. Throws HubNotStarted. */
export async function outboundTls({ outbound }: Settings): Promise<OutboundTls> {
  const { caFile, clientCertificateFile, clientKeyFile } = outbound
  const tls: OutboundTls = {}
  if (caFile !== undefined) {
    const ca = await readTls('outbound.caFile', caFile)
    checkTls({ ca })
    tls.ca = ca.pem
  }
  if (clientCertificateFile !== undefined && clientKeyFile !== undefined) {
    const cert = await readTls('outbound.clientCertificateFile', clientCertificateFile)
    const key = await readTls('outbound.clientKeyFile', clientKeyFile)
    checkTls({ cert, key })
    tls.clientCertificate = { cert: cert.pem, key: key.pem }
  }
  return tls
}
