import * as v from 'valibot';
import type { Delivery } from '../deliveries/delivery.ts';
import type { Run } from './run.ts';

/** The event that a run is of. What only its input tells is absent until it has begun, and a subject only a delivery tells. */
export interface RunEvent {
  readonly id: string;
  readonly source?: string | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly time?: string | undefined;
  /** How many runs led to it, one after another. */
  readonly depth: number;
}

/** What the launcher tells the workflow of the event. */
const inputSchema = v.object({ event: v.object({ source: v.string(), type: v.string(), time: v.string() }) });

export function eventOfRun({ eventId: id, depth = 0 }: Run, input: unknown, delivery: Delivery | undefined): RunEvent {
  const told = v.safeParse(inputSchema, input);
  const { source, type, time } = told.success ? told.output.event : { type: delivery?.type };
  return { id, source, type, subject: delivery?.subject, time, depth };
}
