import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { conflict, notFound, type Problem, unprocessable } from '../errors.ts';
import { toBase32 } from '../events/event-id.ts';
import type { Labels } from '../labels.ts';
import { nextFire } from '../schedules/fire-times.ts';
import { type DeclaredSchedule, declaredBy, readSchedule } from '../schedules/read-schedule.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { scheduleInputOf } from '../schedules/schedule-input.ts';
import type { InputSchemas } from '../workflows/input.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { checkTriggerId } from './change-event-trigger.ts';
import { idTaken, makeTrigger } from './make-trigger.ts';
import { requireInput } from './require-input.ts';
import { isOn, type Trigger, type TriggerOf } from './trigger.ts';
import type { TriggerSwitch } from './trigger-switch.ts';

type ScheduleTrigger = TriggerOf<'schedule'>;

/** The schedules of EventBridge Scheduler that are made at run time. */
export interface Schedules {
  /** Makes the schedule or changes it; gives its ARN. */
  readonly put: (trigger: ScheduleTrigger, enabled: boolean, now: Date) => Promise<string>;
  /** Removes a trigger's schedule; one that is gone is left at that. */
  readonly remove: (triggerId: string) => Promise<void>;
}

export interface ScheduleTriggers {
  readonly schedules: Schedules;
  readonly triggerSwitch: TriggerSwitch;
  readonly findTrigger: (triggerId: string) => Promise<Trigger | undefined>;
  /** Stores it; false when there is another's with its id. */
  readonly saveTrigger: (trigger: ScheduleTrigger, now: Date) => Promise<boolean>;
  /** Notes whether a schedule is paused, which no deployment changes; undefined when there is none. */
  readonly setPaused: (triggerId: string, paused: boolean) => Promise<Trigger | undefined>;
  readonly removeTrigger: (triggerId: string) => Promise<void>;
  readonly findWorkflow: (workspace: string, workflowId: string) => Promise<Workflow | undefined>;
  readonly findInput: (workspace: string, workflowId: string) => Promise<InputSchemas | undefined>;
}

/** What can be said of a schedule; `null` takes away what was said before. */
export interface AskedSchedule {
  readonly cron?: string | undefined;
  readonly rate?: string | undefined;
  readonly at?: string | undefined;
  readonly timezone?: string | undefined;
  readonly start?: string | null | undefined;
  readonly end?: string | null | undefined;
  readonly window?: string | null | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly labels?: Labels | undefined;
  readonly description?: string | null | undefined;
  /** Delete it, and its trigger, once it will not fire again. */
  readonly deleteWhenOver?: boolean | undefined;
}

export interface NewSchedule extends AskedSchedule {
  readonly workspace: string;
  /** Made up where none is given. */
  readonly id?: string | undefined;
  readonly workflowId: string;
  readonly paused?: boolean | undefined;
}

/**
 * Makes a schedule and its trigger; made again with the same id and content, it is the same, so that a request that broke off can be repeated.
 * Raises 404 for a workflow, 409 for an id that is taken, and 422 that names each field for what is no schedule and for params that the workflow does not take.
 */
export async function createSchedule(triggers: ScheduleTriggers, asked: NewSchedule, now: Date): Promise<ScheduleTrigger> {
  const { workspace, workflowId } = asked;
  const triggerId = asked.id ?? toBase32(randomBytes(10));
  checkTriggerId(triggerId);
  const [workflow, existing] = await Promise.all([triggers.findWorkflow(workspace, workflowId), triggers.findTrigger(triggerId)]);
  if (!workflow) throw notFound('There is no such workflow.');
  const schedule = readAsked(asked, now);
  if (asked.deleteWhenOver && !ends(schedule)) throw neverOver();
  const before = existing && ownMadeHere(existing, workflow);
  if (existing && !before) throw idTaken(triggerId);
  const paused = asked.paused ?? before?.paused;
  const trigger: ScheduleTrigger = {
    triggerId,
    workspace,
    workflowId,
    kind: 'schedule',
    enabled: true,
    atRunTime: true,
    schedule,
    params: { ...asked.params },
    ...(asked.labels && { labels: asked.labels }),
    ...(asked.description && { description: asked.description }),
    ...(asked.deleteWhenOver && { deleteWhenOver: true }),
    ...(paused && { paused }),
  };
  // One that is over may be replaced, though it is listed for a while.
  if (before && !isSame(before, trigger) && !isOver(before.schedule, now)) throw idTaken(triggerId);
  await requireInput(triggers.findInput, workflow, { params: trigger.params }, SAID);
  return put(triggers, trigger, workflow, now, before);
}

/** Changes what is given of a schedule that was made at run time. Raises 409 for a declared one, 422 as `createSchedule` does. */
export async function editSchedule(
  triggers: ScheduleTriggers,
  trigger: Trigger,
  asked: AskedSchedule,
  now: Date,
): Promise<ScheduleTrigger> {
  const before = requireMadeHere(trigger);
  const workflow = await triggers.findWorkflow(trigger.workspace, trigger.workflowId);
  if (!workflow) throw notFound('There is no such workflow.');
  const schedule = TIMING.some((field) => asked[field] !== undefined)
    ? readAsked({ ...declaredOf(before.schedule), ...timingOf(asked) }, now)
    : before.schedule;
  const { params = before.params, labels = before.labels, deleteWhenOver = before.deleteWhenOver } = asked;
  const description = asked.description === undefined ? before.description : (asked.description ?? undefined);
  const { description: _, ...kept } = before;
  const changed: ScheduleTrigger = { ...kept, schedule, params, labels, deleteWhenOver, ...(description && { description }) };
  if (deleteWhenOver && !ends(schedule)) throw neverOver();
  if (asked.params) await requireInput(triggers.findInput, workflow, { params }, SAID);
  if (isOver(schedule, now)) throw conflict('The schedule is over and will not fire again; make another.');
  return put(triggers, changed, workflow, now, before);
}

/**
 * Pauses a schedule, a declared one too, or lets it go on; the other schedules of its workflow stay as they are. It can be repeated, and has to be when it
 * failed half-way. Raises 409 for a trigger that is no schedule, and 404.
 */
export async function pauseSchedule(triggers: ScheduleTriggers, trigger: Trigger, paused: boolean): Promise<Trigger> {
  const { triggerId, workspace, workflowId } = requireSchedule(trigger);
  const workflow = await triggers.findWorkflow(workspace, workflowId);
  const changed = workflow && (await triggers.setPaused(triggerId, paused));
  if (!changed) throw notFound('There is no such trigger.');
  await turn(triggers, changed, workflow);
  return changed;
}

/** Removes a schedule that was made at run time: first what fires, so that nothing starts a workflow that no trigger names. */
export async function removeSchedule(
  {
    schedules,
    removeTrigger,
  }: { readonly schedules: Pick<Schedules, 'remove'>; readonly removeTrigger: ScheduleTriggers['removeTrigger'] },
  trigger: Trigger,
): Promise<void> {
  const { triggerId } = requireMadeHere(trigger);
  await schedules.remove(triggerId);
  await removeTrigger(triggerId);
}

async function put(
  triggers: ScheduleTriggers,
  trigger: ScheduleTrigger,
  workflow: Workflow,
  now: Date,
  before: ScheduleTrigger | undefined,
): Promise<ScheduleTrigger> {
  checkSize(trigger);
  const made = await makeTrigger(trigger, {
    before,
    save: (each) => triggers.saveTrigger(each, now),
    remove: triggers.removeTrigger,
    make: (each) => triggers.schedules.put(each, isOn(each) && workflow.active, now),
  });
  // Somebody may have paused or resumed it meanwhile.
  const stored = await triggers.findTrigger(trigger.triggerId);
  if (stored && isOn(stored) !== isOn(trigger)) await turn(triggers, stored, workflow);
  return made;
}

async function turn({ triggerSwitch }: ScheduleTriggers, trigger: Trigger, workflow: Workflow): Promise<void> {
  if (!isOn(trigger)) await triggerSwitch.disable(trigger);
  else if (workflow.active) await triggerSwitch.enable(trigger);
}

/** What EventBridge takes of an event, of which the params are the most (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html). */
const LARGEST_INPUT = 240 * 1024;

function checkSize(trigger: ScheduleTrigger): void {
  if (Buffer.byteLength(scheduleInputOf(trigger)) <= LARGEST_INPUT) return;
  throw unprocessable(`The params are too large: a schedule's event may have ${LARGEST_INPUT} bytes.`, [
    { pointer: '/params', detail: 'are too large' },
  ]);
}

const SAID = { params: '/params' };

const TIMING = ['cron', 'rate', 'at', 'timezone', 'start', 'end', 'window'] as const;

/** What is said of when it fires; another expression replaces the one before, of whatever kind. */
function timingOf(asked: AskedSchedule): AskedSchedule {
  const { cron, rate, at } = asked;
  const given = Object.fromEntries(TIMING.filter((field) => asked[field] !== undefined).map((field) => [field, asked[field]]));
  return [cron, rate, at].every((expression) => expression === undefined)
    ? given
    : { cron: undefined, rate: undefined, at: undefined, ...given };
}

/** A schedule as its author might have written it. */
const declaredOf = ({ expression, timezone, startsAt, endsAt, windowMinutes }: Schedule): DeclaredSchedule => ({
  ...declaredBy(expression),
  timezone,
  ...(startsAt !== undefined && { start: startsAt.replace(/\.\d{3}Z$/, 'Z') }),
  ...(endsAt !== undefined && { end: endsAt.replace(/\.\d{3}Z$/, 'Z') }),
  ...(windowMinutes !== undefined && { window: `${windowMinutes}m` }),
});

function readAsked(asked: AskedSchedule, now: Date): Schedule {
  const { cron, rate, at, timezone, start, end, window } = asked;
  const declared = { cron, rate, at, timezone, start: start ?? undefined, end: end ?? undefined, window: window ?? undefined };
  const read = readSchedule(declared, now);
  if ('schedule' in read) return read.schedule;
  const errors = read.faults.map(({ key, message }) => ({ pointer: key === undefined ? '' : `/${key}`, detail: message }));
  throw unprocessable(`The schedule is not valid: ${read.faults.map(({ message }) => message).join(' ')}`, errors);
}

const ends = ({ expression, endsAt }: Schedule): boolean => expression.startsWith('at(') || endsAt !== undefined;

const neverOver = (): Problem =>
  unprocessable('The schedule is never over, so it cannot be deleted then; give it an end.', [
    { pointer: '/deleteWhenOver', detail: 'needs a schedule that fires once or has an end' },
  ]);

const isOver = (schedule: Schedule, now: Date): boolean => nextFire(schedule, now.getTime(), now.getTime()) === undefined;

/** What stands there, where it is a schedule of the same workflow that was made here. */
const ownMadeHere = (existing: Trigger, { workspace, workflowId }: Workflow): ScheduleTrigger | undefined =>
  existing.kind === 'schedule' && existing.atRunTime && existing.workspace === workspace && existing.workflowId === workflowId
    ? existing
    : undefined;

/** Is what stands there what the same request has left? The table keeps no order of names. */
const isSame = (before: ScheduleTrigger, trigger: ScheduleTrigger): boolean => isDeepStrictEqual(askedOf(before), askedOf(trigger));

const askedOf = ({ schedule, params = {}, labels, description, deleteWhenOver = false }: ScheduleTrigger) => ({
  ...{ schedule, params, labels, description, deleteWhenOver },
});

function requireSchedule(trigger: Trigger): ScheduleTrigger {
  if (trigger.kind === 'schedule') return trigger;
  throw conflict(`The trigger is no schedule, but of the kind ${trigger.kind}.`);
}

function requireMadeHere(trigger: Trigger): ScheduleTrigger {
  if (requireSchedule(trigger).atRunTime) return requireSchedule(trigger);
  throw conflict("The schedule is declared in its workflow's folder; change it there and deploy, or pause it.");
}
