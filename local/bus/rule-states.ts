import type { DatabaseSync } from 'node:sqlite';
import type { Rule } from './rule.ts';

/** Whether rules are enabled, in SQLite: EnableRule and DisableRule last until the rule's own template changes. */
export function createRuleStates(db: DatabaseSync) {
  db.exec(
    'CREATE TABLE IF NOT EXISTS bus_rule_state (rule_arn TEXT PRIMARY KEY, template TEXT NOT NULL, enabled INTEGER NOT NULL)',
  );
  const select = db.prepare('SELECT enabled FROM bus_rule_state WHERE rule_arn = ? AND template = ?');
  const upsert = db.prepare('INSERT OR REPLACE INTO bus_rule_state (rule_arn, template, enabled) VALUES (?, ?, ?)');
  const keep = db.prepare('DELETE FROM bus_rule_state WHERE rule_arn NOT IN (SELECT value FROM json_each(?))');
  const update = db.prepare('UPDATE bus_rule_state SET enabled = ? WHERE rule_arn = ?');
  return {
    /** The rule in the state that it is in: the template's, unless that is unchanged and the state was changed since. `template` is its JSON. */
    declare(rule: Rule, template: string): Rule {
      const known = select.get(rule.arn, template)?.enabled;
      if (known !== undefined) return { ...rule, enabled: known === 1 };
      upsert.run(rule.arn, template, rule.enabled ? 1 : 0);
      return rule;
    },
    /** Forgets all rules but these. */
    keepOnly: (ruleArns: readonly string[]) => void keep.run(JSON.stringify(ruleArns)),
    set: (ruleArn: string, enabled: boolean) => void update.run(enabled ? 1 : 0, ruleArn),
  };
}
