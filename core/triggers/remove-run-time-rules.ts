import type { RuleRemoval } from './change-event-trigger.ts';
import { RUN_TIME_PREFIX } from './rule-target.ts';

/** Removes every rule that a trigger made at run time has: a bus that has rules can't be deleted (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html). */
export async function removeRunTimeRules({ list, remove }: RuleRemoval): Promise<void> {
  for (const { name } of await list()) {
    if (name.startsWith(RUN_TIME_PREFIX)) await remove(name.slice(RUN_TIME_PREFIX.length));
  }
}
