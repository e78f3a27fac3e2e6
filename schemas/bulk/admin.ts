// The shapes of applications in the admin plane.

/** An application to an operator without autoroaming. */
export type AdminApplication = {
  id: string
  home: string
  operator: { id: string; name: string }
  sender: { id: string; inn: string; kpp: string | null; name: string }
  state: string
  /** Request number that the operator gave. */
  number: string | null
  rows: number
  madeAt: string
  sentAt: string | null
  sentBy: string | null
  endedAt: string | null
  endedBy: string | null
}

/** The same with its counterparties. */
export type AdminApplicationDetails = AdminApplication & {
  counterparties: {
    position: number
    id: string
    inn: string | null
    kpp: string | null
    name: string | null
    state: string
    /** Of the invitation behind it. */
    invite: string
    inviteState: string
    at: string
    by: string | null
  }[]
}

/** What came of a page of a conversion; `next` is the `after` of the next page. */
export type AdminConverted = {
  converted: number
  /** Of those of this page. */
  left: number
  refused: Record<string, number>
  next: string | null
}
