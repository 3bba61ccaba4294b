import { RULE_PREFIX, type RuleRemoval } from './change-event-trigger.ts';

/** Removes every rule that a trigger made at run time has: a bus that has rules can't be deleted (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html). */
export async function removeRunTimeRules({ list, remove }: RuleRemoval): Promise<void> {
  for (const { name } of await list()) {
    if (name.startsWith(RULE_PREFIX)) await remove(name.slice(RULE_PREFIX.length));
  }
}
