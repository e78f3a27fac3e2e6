// Rows of operators and of the codes they own or owned.

import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql'

/** An operator. */
export const OperatorRow = defineEntity({
  name: 'OperatorRow',
  tableName: 'operator',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    inn: p.text().nullable(),
    active: p.boolean(),
    note: p.text().nullable(),
  },
})
export type OperatorRow = InferEntity<typeof OperatorRow>

/** A code of an operator in a period; days are text yyyy-mm-dd. */
export const OperatorCodeRow = defineEntity({
  name: 'OperatorCodeRow',
  tableName: 'operator_code',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    operatorId: p.text(),
    position: p.smallint(),
    code: p.text(),
    validFrom: p.date().nullable(),
    validTo: p.date().nullable(),
    note: p.text().nullable(),
  },
})
export type OperatorCodeRow = InferEntity<typeof OperatorCodeRow>
