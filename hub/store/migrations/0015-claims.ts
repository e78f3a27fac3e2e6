// What was chosen behind a claim link, and the search for invitations by ИНН.

import { Migration } from '@mikro-orm/migrations'

/** Columns without a default and an index: the version before writes as it did. */
export class Migration0015 extends Migration {
  override up(): void {
    // SHA-256 (hex) of the choice: the same one again gets the same answer. Contact of who became our subscriber.
    this.addSql('alter table invite_claim add column choice text, add column contact text')
    this.addSql('create index invite_inn on invite (home, inn) where inn is not null')
    // Of two requests that come at once under different keys one makes the stand-in, and the other one finds it.
    this.addSql(`
      create unique index invite_unclaimed on invite (home, lower(sender), inn, lower(email), coalesce(kpp, ''))
        where state = 'unclaimed' and kind = 'by-inn'`)
    // And of two to an operator that takes no invitations one waits for a person.
    this.addSql(`
      create unique index invite_applied on invite (home, lower(sender), lower(counterparty))
        where state = 'application' and kind = 'by-id'`)
    // Pages of a list read no more rows than they show.
    this.addSql('create index invite_home_state on invite (home, state, id desc)')
    this.addSql('create index invite_home_sender on invite (home, lower(sender), id desc)')
  }
}
