import type { Labels } from '../labels.ts';
import type { Limits } from '../limits/limits.ts';
import { readSchedule } from '../schedules/read-schedule.ts';
import type { Connections } from './connections.ts';
import { secondsIn } from './file/duration.ts';
import { inputMistakes } from './file/input-mistakes.ts';
import { checked } from './file/mistakes.ts';
import { paramsMistakes } from './file/params-mistakes.ts';
import { triggerMistakes } from './file/trigger-mistakes.ts';
import { type TriggerDeclaration, triggerSchema } from './file/trigger-schema.ts';
import { type WorkflowDeclaration, workflowSchema } from './file/workflow-schema.ts';
import type { InputSchemas } from './input.ts';
import type { DeclaredTrigger } from './manifest.ts';
import { type PermissionStatement, permissionMistakes } from './permission-statement.ts';
import { type JsonPath, type Mistake, parseSourceText, type SourceText } from './source-text.ts';

/** What `workflow.yaml` declares. */
export interface WorkflowFile {
  readonly name: string;
  readonly description?: string;
  readonly labels?: Labels;
  readonly limits?: Limits;
  /** What a new workflow begins with. */
  readonly active: boolean;
  /** Whether a deployment moves new runs to its revision. */
  readonly revision: 'latest' | 'manual';
  readonly timeoutSeconds?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly input?: InputSchemas;
  readonly permissions: readonly PermissionStatement[];
  readonly connections: Connections;
  /** The state machine that it registers instead of a definition of its own. */
  readonly stateMachineArn?: string;
  readonly triggers: readonly DeclaredTrigger[];
}

export interface ReadWorkflowFile {
  readonly source: SourceText;
  readonly mistakes: readonly Mistake[];
  /** `undefined` if there are mistakes. What follows is known even then, as far as it can be read. */
  readonly declared: WorkflowFile | undefined;
  readonly triggerIds: readonly { readonly triggerId: string; readonly path: JsonPath }[];
  readonly permissions: readonly PermissionStatement[];
  /** The names of its connections. */
  readonly connections: readonly string[];
  /** The definition's file in the same folder, where it isn't the usual one. */
  readonly definition: string | undefined;
  readonly isImported: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** What a state machine that exists already brings with it. */
const NOT_WITH_AN_IMPORT = ['definition', 'timeout', 'permissions', 'connections'];

/**
 * Reads `workflow.yaml`; `file` is its name in messages, `now` what a schedule's "in the past" is measured by.
 * Gives every mistake with its place; throws `InvalidFileError` for a text that is no YAML mapping.
 */
export function readWorkflowFile(file: string, content: string, now: Date): ReadWorkflowFile {
  const source = parseSourceText(file, content);
  const value = source.value ?? {};
  const given: Json = isObject(value) ? value : {};
  const { output, mistakes: ofForm } = checked(workflowSchema, asJson(value), source);
  const triggers = Array.isArray(given.triggers) ? given.triggers : [];
  const permissions = checked(workflowSchema.entries.permissions, asJson(given.permissions ?? []), source).output ?? [];
  const mistakes = [
    ...ofForm,
    ...inputMistakes(given.input, source),
    ...triggers.flatMap((trigger, index) => {
      const { output: declaration } = checked(triggerSchema, asJson(trigger), source);
      return declaration ? triggerMistakes(declaration, ['triggers', index], source, now) : [];
    }),
    ...permissionMistakes(permissions).map(({ path, message }) => source.mistakeAt(path, message)),
    ...droppedKeyMistakes(given, source),
    ...importMistakes(given, source),
  ];
  const declared = output && mistakes.length === 0 ? declaredBy(output, given, now) : undefined;
  if (declared) mistakes.push(...paramsMistakes(declared, source));
  return {
    source,
    mistakes: mistakes.sort(byPlace),
    declared,
    triggerIds: triggers.flatMap((trigger, index) =>
      isObject(trigger) && typeof trigger.id === 'string' ? [{ triggerId: trigger.id, path: ['triggers', index, 'id'] }] : [],
    ),
    permissions,
    connections: isObject(given.connections) ? Object.keys(given.connections) : [],
    definition: checked(workflowSchema.entries.definition, given.definition, source).output,
    isImported: given.stateMachineArn !== undefined,
  };
}

/** Names that valibot would leave out without a word. */
function droppedKeyMistakes(given: Json, source: SourceText): Mistake[] {
  return ['tags', 'labels', 'connections'].flatMap((section) => {
    const names = isObject(given[section]) ? Object.keys(given[section]) : [];
    const dropped = names.filter((name) => ['__proto__', 'constructor', 'prototype'].includes(name));
    return dropped.map((name) => source.mistakeAt([section, name], `"${name}" cannot be a name here; choose another.`, 'key'));
  });
}

function importMistakes(given: Json, source: SourceText): Mistake[] {
  if (given.stateMachineArn === undefined) return [];
  return NOT_WITH_AN_IMPORT.filter((key) => given[key] !== undefined).map((key) =>
    source.mistakeAt([key], `A workflow with stateMachineArn has no ${key}: its state machine is managed elsewhere.`, 'key'),
  );
}

function declaredBy(declaration: WorkflowDeclaration, given: Json, now: Date): WorkflowFile {
  const {
    name,
    description,
    labels,
    limits,
    active,
    revision,
    timeout,
    tags,
    permissions,
    connections,
    stateMachineArn,
    triggers,
  } = declaration;
  const timeoutSeconds = timeout === undefined ? undefined : secondsIn(timeout);
  return {
    name,
    ...(description !== undefined && { description }),
    ...(labels && { labels }),
    ...(limits && { limits: limitsOf(limits) }),
    active,
    revision,
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    tags,
    // As written: valibot leaves out properties by the name of `constructor`.
    ...(declaration.input && { input: asJson(given.input) as InputSchemas }),
    permissions,
    connections,
    ...(stateMachineArn !== undefined && { stateMachineArn }),
    triggers: triggers.map((trigger) => declaredTrigger(trigger, now)),
  };
}

function limitsOf({ concurrency, quota }: NonNullable<WorkflowDeclaration['limits']>): Limits {
  return {
    ...(concurrency && {
      concurrency: {
        runs: concurrency.runs,
        whenFull: concurrency.whenFull,
        ...(concurrency.key !== undefined && { key: namesIn(concurrency.key) }),
      },
    }),
    ...(quota && { quota: { runs: quota.runs, seconds: secondsIn(quota.per) ?? 0, whenFull: quota.whenFull } }),
  };
}

/** The names of a JSON Pointer: https://www.rfc-editor.org/rfc/rfc6901#section-4 */
const namesIn = (pointer: string): string[] =>
  pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));

function declaredTrigger(declaration: TriggerDeclaration, now: Date): DeclaredTrigger {
  const { id: triggerId, ...trigger } = declaration;
  if (trigger.kind === 'webhook') {
    const { rateLimit, ...webhook } = trigger;
    return {
      triggerId,
      ...webhook,
      ...(rateLimit && { rateLimit: { requests: rateLimit.requests, seconds: secondsIn(rateLimit.per) ?? 60 } }),
    };
  }
  if (trigger.kind === 'event') return { triggerId, ...trigger, types: trigger.types ?? [] };
  const read = readSchedule(trigger, now);
  if (!('schedule' in read)) throw new Error(`The schedule ${triggerId} has faults that were not told.`);
  const { kind, enabled, labels, description, params } = trigger;
  const said = { ...(labels && { labels }), ...(description !== undefined && { description }) };
  return { triggerId, kind, enabled, ...said, schedule: read.schedule, params };
}

function byPlace(one: Mistake, other: Mistake): number {
  const [[line = 0, column = 0], [otherLine = 0, otherColumn = 0]] = [positionOf(one), positionOf(other)];
  return line - otherLine || column - otherColumn;
}

const positionOf = ({ place }: Mistake): number[] => place.split(':').slice(-2).map(Number);

/** Plain JSON, each part of it once: an anchor's aliases are one value in YAML. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null');

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
