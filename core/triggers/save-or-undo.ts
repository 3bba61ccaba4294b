import { conflict, type Problem } from '../errors.ts';

export const idTaken = (triggerId: string): Problem => conflict(`The trigger id ${triggerId} is taken; choose another.`);

/**
 * Stores a trigger whose rule or schedule has just been made; where that fails, or its id has been taken meanwhile, undoes what was made. Raises 409, and what
 * `save` raises.
 */
export async function saveOrUndo(triggerId: string, save: () => Promise<boolean>, undo: () => Promise<void>): Promise<void> {
  try {
    if (await save()) return;
  } catch (error) {
    await undo();
    throw error;
  }
  await undo();
  throw idTaken(triggerId);
}
