import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { InvalidEventPattern } from '../../core/events/pattern/invalid-event-pattern.ts';
import { AwsError, type Json, type RequiredPermission } from '../aws/service.ts';
import { busName, ruleArn } from './arn.ts';
import { compileRule, type Rule, RuleSchema } from './rule.ts';
import { createRuleStore } from './rule-store.ts';
import { TargetSchema } from './target.ts';

/** The rules of a bus, and what follows when one of them changes. */
interface RuleRegistry {
  readonly ruleOf: (bus: string, name: string) => Rule | undefined;
  /** Undefined for a bus that there is not. */
  readonly rulesOf: (bus: string) => readonly Rule[] | undefined;
  readonly set: (rule: Rule) => void;
  readonly remove: (rule: Rule) => void;
  readonly switchRule: (rule: Rule, enabled: boolean) => void;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MOST_RULES = 300;
const MOST_WILDCARD_RULES = 30;
const MOST_TARGETS = 5;
const LONGEST_PATTERN = 2048;
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html */
const LARGEST_PAGE = 100;

const Name = v.pipe(v.string(), v.regex(/^[.\-_A-Za-z0-9]{1,64}$/));
const Bus = { EventBusName: v.optional(v.string()) };

const PutRuleInput = v.strictObject({
  ...Bus,
  Name,
  EventPattern: v.pipe(v.string(), v.maxLength(LONGEST_PATTERN)),
  State: v.optional(v.picklist(['ENABLED', 'DISABLED']), 'ENABLED'),
  Description: v.optional(v.pipe(v.string(), v.maxLength(512))),
  Tags: v.optional(v.array(v.strictObject({ Key: v.string(), Value: v.string() })), []),
});
const PutTargetsInput = v.strictObject({ ...Bus, Rule: Name, Targets: v.pipe(v.array(TargetSchema), v.minLength(1)) });
const RemoveTargetsInput = v.strictObject({
  ...Bus,
  Rule: Name,
  Ids: v.pipe(v.array(v.string()), v.minLength(1)),
  Force: v.optional(v.boolean()),
});
const RuleInput = v.strictObject({ ...Bus, Name, Force: v.optional(v.boolean()) });
const ListRulesInput = v.strictObject({
  ...Bus,
  NamePrefix: v.optional(v.string()),
  Limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_PAGE)), LARGEST_PAGE),
  NextToken: v.optional(v.string()),
});

/** The operations of EventBridge on rules; those that were not made by a template are kept in `db`, and `load` brings a bus's back. */
export function createRuleOperations(db: DatabaseSync, registry: RuleRegistry) {
  const store = createRuleStore(db);

  function requested(bus: string, name: string): Rule {
    const rule = registry.ruleOf(bus, name);
    if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`);
    return rule;
  }

  /** A template's rule is changed by the template alone. */
  function changeable(bus: string, name: string): v.InferOutput<typeof RuleSchema> {
    const kept = store.find(bus, name);
    if (kept === undefined) {
      requested(bus, name);
      throw new AwsError('ValidationException', `The rule ${name} belongs to a template; it cannot be changed locally by a call.`);
    }
    return v.parse(RuleSchema, JSON.parse(kept));
  }

  function save(bus: string, definition: v.InferOutput<typeof RuleSchema>): Rule {
    const rule = compiled(bus, definition);
    store.save(bus, definition.Name, JSON.stringify(definition));
    registry.set(rule);
    return rule;
  }

  function putRule(input: Json): Json {
    const { EventBusName, Name: name, EventPattern, State } = read(PutRuleInput, input);
    const bus = busName(EventBusName);
    const rules = registry.rulesOf(bus);
    if (!rules) throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
    const others = rules.filter((rule) => rule.name !== name);
    if (others.length === rules.length && rules.length >= MOST_RULES) {
      throw new AwsError(
        'LimitExceededException',
        `The requested resource exceeds the maximum number allowed: ${MOST_RULES} rules.`,
      );
    }
    const pattern: unknown = parsed(EventPattern);
    if (hasWildcard(pattern) && others.filter((rule) => hasWildcard(rule.pattern)).length >= MOST_WILDCARD_RULES) {
      throw new AwsError('LimitExceededException', `The event bus has ${MOST_WILDCARD_RULES} rules with wildcards.`);
    }
    const { Targets } =
      store.find(bus, name) === undefined && others.length === rules.length ? { Targets: [] } : changeable(bus, name);
    return { RuleArn: save(bus, { Name: name, EventPattern: pattern, State, Targets }).arn };
  }

  function putTargets(input: Json): Json {
    const { EventBusName, Rule: name, Targets: added } = read(PutTargetsInput, input);
    const bus = busName(EventBusName);
    const definition = changeable(bus, name);
    const ids = added.map(({ Id }) => Id);
    const Targets = [...definition.Targets.filter(({ Id }) => !ids.includes(Id)), ...added];
    if (Targets.length > MOST_TARGETS) {
      throw new AwsError(
        'LimitExceededException',
        `The requested resource exceeds the maximum number allowed: ${MOST_TARGETS} targets.`,
      );
    }
    save(bus, { ...definition, Targets });
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  function removeTargets(input: Json): Json {
    const { EventBusName, Rule: name, Ids } = read(RemoveTargetsInput, input);
    const bus = busName(EventBusName);
    const definition = changeable(bus, name);
    save(bus, { ...definition, Targets: definition.Targets.filter(({ Id }) => !Ids.includes(Id)) });
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  /** A rule that is not there is deleted (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html). */
  function deleteRule(input: Json): Json {
    const { EventBusName, Name: name } = read(RuleInput, input);
    const bus = busName(EventBusName);
    const rule = registry.ruleOf(bus, name);
    if (!rule) return {};
    changeable(bus, name);
    if (rule.targets.length > 0) throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    store.remove(bus, name);
    registry.remove(rule);
    return {};
  }

  function listRules(input: Json): Json {
    const { EventBusName, NamePrefix = '', Limit, NextToken = '' } = read(ListRulesInput, input);
    const bus = busName(EventBusName);
    const rules = registry.rulesOf(bus);
    if (!rules) throw new AwsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
    const found = rules
      .filter(({ name }) => name.startsWith(NamePrefix) && name > NextToken)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = found.slice(0, Limit);
    return {
      Rules: page.map(({ name, arn, enabled, pattern }) => ({
        Name: name,
        Arn: arn,
        EventBusName: bus,
        State: enabled ? 'ENABLED' : 'DISABLED',
        ...(pattern !== undefined && { EventPattern: JSON.stringify(pattern) }),
      })),
      ...(found.length > page.length && { NextToken: page.at(-1)?.name }),
    };
  }

  function turn(input: Json, enabled: boolean): Json {
    const { EventBusName, Name: name } = read(RuleInput, input);
    const bus = busName(EventBusName);
    const rule = requested(bus, name);
    if (store.find(bus, name) === undefined) registry.switchRule(rule, enabled);
    else save(bus, { ...changeable(bus, name), State: enabled ? 'ENABLED' : 'DISABLED' });
    return {};
  }

  const operations: Readonly<Record<string, (input: Json) => Json>> = {
    PutRule: putRule,
    PutTargets: putTargets,
    RemoveTargets: removeTargets,
    DeleteRule: deleteRule,
    ListRules: listRules,
    EnableRule: (input) => turn(input, true),
    DisableRule: (input) => turn(input, false),
    ListTargetsByRule: (input) => ({ Targets: requested(busName(text(input.EventBusName)), text(input.Rule) ?? '').targets }),
  };

  return {
    /** Undefined for an operation that is not on rules. */
    find: (operation: string) => (Object.hasOwn(operations, operation) ? operations[operation] : undefined),
    /** Sets the rules again that calls have made on this bus. */
    load(bus: string): void {
      for (const definition of store.list(bus)) registry.set(compileRule(bus, v.parse(RuleSchema, JSON.parse(definition))));
    },
  };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html: undefined for an operation that is not on rules. */
export function rulePermissions(operation: string, input: Json): readonly RequiredPermission[] | undefined {
  const bus = busName(text(input.EventBusName));
  const own = (name: unknown, context?: Readonly<Record<string, readonly string[]>>) => ({
    action: `events:${operation}`,
    resource: ruleArn(bus, text(name) ?? ''),
    ...(context && { context }),
  });
  switch (operation) {
    case 'PutRule': {
      const tags = Array.isArray(input.Tags) && input.Tags.length > 0;
      return [own(input.Name), ...(tags ? [{ ...own(input.Name), action: 'events:TagResource' }] : [])];
    }
    case 'EnableRule':
    case 'DisableRule':
    case 'DeleteRule':
      return [own(input.Name)];
    case 'RemoveTargets':
    case 'ListTargetsByRule':
      return [own(input.Rule)];
    case 'PutTargets': {
      const targets: readonly Json[] = Array.isArray(input.Targets) ? input.Targets : [];
      const roles = targets.map(({ RoleArn }) => text(RoleArn)).filter((role) => role !== undefined);
      return [
        own(input.Rule, { 'events:TargetArn': targets.map(({ Arn }) => text(Arn) ?? '') }),
        ...roles.map((resource) => ({
          action: 'iam:PassRole',
          resource,
          context: { 'iam:PassedToService': 'events.amazonaws.com' },
        })),
      ];
    }
    case 'ListRules':
      // It has no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
      return [{ action: 'events:ListRules', resource: '*' }];
    default:
      return undefined;
  }
}

function compiled(bus: string, definition: v.InferOutput<typeof RuleSchema>): Rule {
  try {
    return compileRule(bus, definition);
  } catch (error) {
    if (error instanceof InvalidEventPattern)
      throw new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
    throw new AwsError('ValidationException', error instanceof Error ? error.message : String(error));
  }
}

function parsed(pattern: string): unknown {
  try {
    return JSON.parse(pattern);
  } catch {
    throw new AwsError('InvalidEventPatternException', 'Event pattern is not valid. Reason: it is not JSON.');
  }
}

function read<Schema extends v.GenericSchema>(schema: Schema, input: Json): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new AwsError('ValidationException', `${v.getDotPath(issue) ?? 'The request'} is not valid: ${issue.message}.`);
}

function hasWildcard(pattern: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return false;
  return Object.entries(pattern).some(([key, value]) => key === 'wildcard' || hasWildcard(value));
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
