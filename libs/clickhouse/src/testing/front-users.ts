/** What a user may do: all; all but making and changing tables; select; or select by a profile that is read only. */
export type Rights = 'all' | 'no-create' | 'select' | 'readonly';

export interface FrontUser {
  readonly password: string;
  readonly rights: Rights;
}

/** `visor` is what a hub uses. */
export const frontUsers: Readonly<Record<string, FrontUser>> = {
  visor: { password: 'secret', rights: 'all' },
  'no-create': { password: 'secret', rights: 'no-create' },
  reader: { password: 'secret', rights: 'select' },
  readonly: { password: 'secret', rights: 'readonly' },
};

export interface Refusal {
  readonly status: number;
  readonly code: number;
  readonly name: string;
  readonly text: string;
}

const grants: readonly (readonly [RegExp, string])[] = [
  [/^\s*CREATE TABLE (?:IF NOT EXISTS )?(\w+)/i, 'CREATE TABLE'],
  [/^\s*ALTER TABLE (\w+)/i, 'ALTER TABLE'],
  [/^\s*DELETE FROM (\w+)/i, 'ALTER DELETE'],
  [/^\s*INSERT INTO (\w+)/i, 'INSERT'],
  [/^\s*(?:DROP|TRUNCATE|OPTIMIZE) TABLE (\w+)/i, 'DROP TABLE'],
];

/** @returns what ClickHouse says to a user who may not run the statement */
export function refusalOf(user: string, rights: Rights, sql: string): Refusal | undefined {
  for (const [pattern, grant] of grants) {
    const table = pattern.exec(sql)?.[1];
    if (table === undefined || rights === 'all') continue;
    if (rights === 'no-create' && grant === 'INSERT') continue;
    if (rights === 'readonly') {
      const text = `${user}: Cannot execute query in readonly mode`;
      return { status: 500, code: 164, name: 'READONLY', text };
    }
    const text = `${user}: Not enough privileges. To execute this query, it's necessary to have the grant ${grant} ON default.${table}`;
    return { status: 403, code: 497, name: 'ACCESS_DENIED', text };
  }
  return undefined;
}
