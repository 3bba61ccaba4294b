import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { conflict, notFound, type Problem, unprocessable } from '../errors.ts';
import { integrationSource } from '../events/envelope.ts';
import { toBase32 } from '../events/event-id.ts';
import { InvalidEventPattern } from '../events/pattern/invalid-event-pattern.ts';
import { compilePattern } from '../events/pattern/pattern.ts';
import type { Labels } from '../labels.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { eventPatternOf, hasWildcard } from './event-pattern.ts';
import { idTaken, makeTrigger } from './make-trigger.ts';
import { RUN_TIME_PREFIX } from './rule-target.ts';
import { RESERVED_TRIGGER_IDS, TRIGGER_ID, type Trigger, type TriggerOf } from './trigger.ts';

type EventTrigger = TriggerOf<'event'>;

/** A rule of the bus, as far as its quotas count it. */
export interface KnownRule {
  readonly name: string;
  /** JSON text; absent for a rule without one. */
  readonly pattern: string | undefined;
}

/** A rule that starts the launcher for a trigger. */
export interface TriggerRule {
  readonly trigger: Pick<EventTrigger, 'triggerId' | 'workspace' | 'workflowId' | 'labels'>;
  readonly pattern: object;
  readonly enabled: boolean;
}

export interface RuleRemoval {
  /** All rules of the bus. */
  readonly list: () => Promise<readonly KnownRule[]>;
  /** Removes a trigger's rule; one that is gone is left at that. */
  readonly remove: (triggerId: string) => Promise<void>;
}

/** The rules of the bus. */
export interface Rules extends RuleRemoval {
  /** Makes the rule or changes it, with its target; gives its ARN. What it made is undone when its target is refused. Raises `RuleLimit`. */
  readonly put: (rule: TriggerRule) => Promise<string>;
}

/** AWS made no rule because a quota is used up. */
export class RuleLimit extends Error {
  constructor(cause: unknown) {
    super('The event bus takes no more rules.', { cause });
    this.name = 'RuleLimit';
  }
}

export interface EventTriggers {
  readonly rules: Rules;
  /** How many rules the bus takes: the account's quota. */
  readonly ruleQuota: number;
  readonly findTrigger: (triggerId: string) => Promise<Trigger | undefined>;
  /** Stores it; false when there is another's with its id. */
  readonly saveTrigger: (trigger: EventTrigger, now: Date) => Promise<boolean>;
  readonly removeTrigger: (triggerId: string) => Promise<void>;
  readonly findWorkflow: (workspace: string, workflowId: string) => Promise<Workflow | undefined>;
  /** By its name or its id. */
  readonly findSubscription: (workspace: string, nameOrId: string) => Promise<Subscription | undefined>;
}

export interface NewEventTrigger {
  readonly workspace: string;
  /** Made up where none is given. */
  readonly id?: string | undefined;
  readonly workflowId: string;
  readonly subscription: string;
  readonly types: readonly string[];
  readonly filter?: Readonly<Record<string, unknown>> | undefined;
  readonly labels?: Labels | undefined;
  readonly enabled: boolean;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html: not adjustable. */
const MOST_WILDCARD_RULES = 30;

/** The name of the rule of a trigger that was made at run time; a rule that a template makes has another form. */
export const ruleNameOf = (triggerId: string): string => `${RUN_TIME_PREFIX}${triggerId}`;

/**
 * Makes a trigger and its rule; made again with the same id and content, it is the same, so that a request that broke off can be repeated.
 * Raises 404 for a workflow, 409 for an id that is taken and at a quota, 422 for a subscription that there is not and a filter that is no pattern.
 */
export async function createEventTrigger(triggers: EventTriggers, asked: NewEventTrigger, now: Date): Promise<EventTrigger> {
  const { workspace, workflowId, types, filter, labels, enabled } = asked;
  const triggerId = asked.id ?? toBase32(randomBytes(10));
  checkTriggerId(triggerId);
  const [workflow, subscription, existing] = await Promise.all([
    triggers.findWorkflow(workspace, workflowId),
    triggers.findSubscription(workspace, asked.subscription),
    triggers.findTrigger(triggerId),
  ]);
  if (!workflow) throw notFound('There is no such workflow.');
  if (!subscription) throw invalid('/subscription', 'There is no such subscription', 'is not known');
  const trigger: EventTrigger = {
    triggerId,
    workspace,
    workflowId,
    kind: 'event',
    enabled,
    atRunTime: true,
    source: integrationSource(subscription.integration),
    subscription: subscription.name,
    subscriptionId: subscription.subscriptionId,
    types: [...types],
    ...(filter && { filter }),
    ...(labels && { labels }),
  };
  const before = existing && ours(existing, trigger);
  if (existing && !before) throw idTaken(triggerId);
  return put(triggers, trigger, workflow, now, before);
}

/** Changes what is given of a trigger that was made at run time. Raises 409 for a declared one, 422 as `createEventTrigger` does. */
export async function editEventTrigger(
  triggers: EventTriggers,
  trigger: Trigger,
  changes: { readonly [Field in 'types' | 'filter' | 'labels' | 'enabled']?: NewEventTrigger[Field] | undefined },
  now: Date,
): Promise<EventTrigger> {
  const before = requireAtRunTime(trigger);
  const workflow = await triggers.findWorkflow(trigger.workspace, trigger.workflowId);
  if (!workflow) throw notFound('There is no such workflow.');
  const { types = before.types, filter = before.filter, labels = before.labels, enabled = before.enabled } = changes;
  const changed: EventTrigger = { ...before, types: [...types], ...(filter && { filter }), ...(labels && { labels }), enabled };
  return put(triggers, changed, workflow, now, before);
}

/** Removes a trigger that was made at run time: first its rule, so that nothing starts a workflow that no trigger names. */
export async function removeEventTrigger(
  triggers: { readonly rules: RuleRemoval; readonly removeTrigger: EventTriggers['removeTrigger'] },
  trigger: Trigger,
): Promise<void> {
  const { triggerId } = requireAtRunTime(trigger);
  await triggers.rules.remove(triggerId);
  await triggers.removeTrigger(triggerId);
}

async function put(
  triggers: EventTriggers,
  trigger: EventTrigger,
  workflow: Workflow,
  now: Date,
  before: EventTrigger | undefined,
): Promise<EventTrigger> {
  const rule = ruleFor(trigger, workflow);
  checkPattern(rule.pattern);
  await checkQuotas(triggers, rule);
  return makeTrigger(trigger, {
    before,
    save: (each) => triggers.saveTrigger(each, now),
    remove: triggers.removeTrigger,
    make: () => refusedAtLimit(triggers.rules.put(rule)),
  });
}

const ruleFor = (trigger: EventTrigger, workflow: Workflow): TriggerRule => ({
  trigger,
  pattern: eventPatternOf(trigger),
  enabled: trigger.enabled && workflow.active,
});

/** What stands there, where the same request has left it. The table keeps no order of names. */
const ours = (existing: Trigger, trigger: EventTrigger): EventTrigger | undefined =>
  existing.atRunTime && existing.kind === 'event' && isDeepStrictEqual(askedOf(existing), askedOf(trigger)) ? existing : undefined;

const askedOf = ({ workspace, workflowId, subscriptionId, types, filter, labels }: EventTrigger) => ({
  ...{ workspace, workflowId, subscriptionId, types, filter, labels },
});

function requireAtRunTime(trigger: Trigger): EventTrigger {
  if (trigger.kind === 'event' && trigger.atRunTime) return trigger;
  throw conflict("The trigger is declared in its workflow's folder; change it there and deploy.");
}

export function checkTriggerId(triggerId: string): void {
  if (TRIGGER_ID.test(triggerId) && !RESERVED_TRIGGER_IDS.includes(triggerId)) return;
  throw invalid('/id', 'The trigger id is not valid', 'must be 1 to 40 letters, digits, hyphens or underscores, and not reserved');
}

function checkPattern(pattern: object): void {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof InvalidEventPattern)) throw error;
    // Without a place the whole is too long, which is the filter's doing.
    const [first = 'detail', second = 'data', ...within] = error.path;
    const place = first === 'detail' && second === 'data' ? ['filter', ...within] : ['types'];
    throw invalid(
      place.map((step) => `/${step}`).join(''),
      'The trigger is no EventBridge pattern',
      `is not valid: ${error.problem}`,
    );
  }
}

async function checkQuotas({ rules, ruleQuota }: EventTriggers, rule: TriggerRule): Promise<void> {
  const others = (await rules.list()).filter(({ name }) => name !== ruleNameOf(rule.trigger.triggerId));
  if (others.length >= ruleQuota) throw atRuleQuota(`The event bus has ${others.length} rules, and its quota is ${ruleQuota}`);
  if (!hasWildcard(rule.pattern)) return;
  const wild = others.filter(({ pattern }) => pattern !== undefined && hasWildcard(JSON.parse(pattern)));
  if (wild.length >= MOST_WILDCARD_RULES) {
    throw conflict(
      `The event bus has ${wild.length} rules that match with wildcards, and takes ${MOST_WILDCARD_RULES}; match by prefix, such as user.*, or by whole types.`,
    );
  }
}

async function refusedAtLimit<T>(made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof RuleLimit) throw atRuleQuota('AWS takes no more rules on the event bus');
    throw error;
  }
}

const atRuleQuota = (what: string): Problem =>
  conflict(`${what}; delete a trigger, or raise the quota in Service Quotas and ruleQuota in the stage's settings.`);

const invalid = (pointer: string, what: string, detail: string): Problem =>
  unprocessable(`${what}: ${pointer} ${detail}.`, [{ pointer, detail }]);
