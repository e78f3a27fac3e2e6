// The rows of applications to operators without autoroaming; names are those of the columns.

/** `draft` is filled and not sent yet; `closed` ended with rows of several kinds. */
export type ApplicationState = 'draft' | 'sent' | 'confirmed' | 'refused' | 'closed'

/** `gone`: the invitation ended in another way, so that nothing has to be applied for. */
export type ApplicationRowState = 'open' | 'confirmed' | 'refused' | 'converted' | 'gone'

/** An application of one subscriber of ours to one operator. */
export type ApplicationRow = {
  id: string
  home: string
  /** Our id of the operator. */
  operator: string
  sender_key: string
  sender: string
  sender_inn: string
  sender_kpp: string | null
  sender_name: string
  state: ApplicationState
  /** Request number that the operator gave. */
  number: string | null
  rows: number
  /** Takes new rows. */
  is_filling: boolean
  made_at: Date
  sent_at: Date | null
  sent_by: string | null
  ended_at: Date | null
  ended_by: string | null
  /** 1 when new; written over the version before. */
  version: number
}

/** A counterparty of an application, as it is written. */
export type ApplicationChangeRow = {
  invite: string
  application: string
  /** From 1. */
  position: number
  state: ApplicationRowState
  at: Date
  by: string | null
}

/** The same with what its invitation says. */
export type ApplicationRowView = ApplicationChangeRow & {
  counterparty: string
  inn: string | null
  kpp: string | null
  name: string | null
  invite_state: string
}
