import { conflict, type Problem } from '../errors.ts';

export const idTaken = (triggerId: string): Problem => conflict(`The trigger id ${triggerId} is taken; choose another.`);

interface Kept {
  readonly triggerId: string;
  readonly resourceArn?: string | undefined;
}

interface Making<Trigger extends Kept> {
  /** What stands there already. */
  readonly before: Trigger | undefined;
  /** Stores it; false when there is another's with its id. */
  readonly save: (trigger: Trigger) => Promise<boolean>;
  readonly remove: (triggerId: string) => Promise<void>;
  /** Makes its rule or schedule, or changes it; gives the ARN. */
  readonly make: (trigger: Trigger) => Promise<string>;
}

/**
 * Stores a trigger and makes its rule or schedule. The id is claimed first: two who make a trigger under one id would change each other's rule or schedule, which are
 * known by the id alone. Where nothing could be made, the trigger is as it was before. Raises 409 for an id that is another's, and what `make` raises.
 */
export async function makeTrigger<Trigger extends Kept>(
  trigger: Trigger,
  { before, save, remove, make }: Making<Trigger>,
): Promise<Trigger> {
  const claimed = { ...trigger, resourceArn: before?.resourceArn };
  if (!(await save(claimed))) throw idTaken(trigger.triggerId);
  try {
    const made = { ...trigger, resourceArn: await make(trigger) };
    if (made.resourceArn !== claimed.resourceArn) await save(made);
    return made;
  } catch (error) {
    await (before ? save(before) : remove(trigger.triggerId));
    throw error;
  }
}
