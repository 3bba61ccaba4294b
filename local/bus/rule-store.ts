import type { DatabaseSync } from 'node:sqlite';

/** The rules that calls have made, as JSON, in SQLite. Those of templates are not among them. */
export function createRuleStore(db: DatabaseSync) {
  db.exec('CREATE TABLE IF NOT EXISTS bus_rule (bus TEXT, name TEXT, definition TEXT NOT NULL, PRIMARY KEY (bus, name))');
  const select = db.prepare('SELECT definition FROM bus_rule WHERE bus = ? AND name = ?');
  const selectAll = db.prepare('SELECT definition FROM bus_rule WHERE bus = ? ORDER BY name');
  const upsert = db.prepare('INSERT OR REPLACE INTO bus_rule (bus, name, definition) VALUES (?, ?, ?)');
  const remove = db.prepare('DELETE FROM bus_rule WHERE bus = ? AND name = ?');
  const definitionOf = (row: Record<string, unknown> | undefined) => (row === undefined ? undefined : String(row.definition));
  return {
    find: (bus: string, name: string): string | undefined => definitionOf(select.get(bus, name)),
    list: (bus: string): string[] => selectAll.all(bus).map(({ definition }) => String(definition)),
    save: (bus: string, name: string, definition: string): void => void upsert.run(bus, name, definition),
    remove: (bus: string, name: string): void => void remove.run(bus, name),
  };
}
