import * as v from 'valibot';
import { ScheduleError } from '../../core/schedules/cron-field.ts';
import { AwsError, type AwsService, type Json, type RequiredPermission } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import { type Definition, definitionSchema, nextFireOf } from './definition.ts';
import { DEFAULT_GROUP, groupArn, scheduleArn } from './provision.ts';
import type { ScheduleStore } from './schedule-store.ts';

const writtenSchema = v.strictObject({
  ...definitionSchema.entries,
  Name: v.string(),
  GroupName: v.optional(v.string()),
  ClientToken: v.optional(v.string()),
});

/** The API of EventBridge Scheduler, as far as schedules are made, turned on and off, and deleted. `changed` is called after each change. */
export function schedulerService(options: {
  store: ScheduleStore;
  clock: Clock;
  /** The names of the groups that there are. */
  groups: ReadonlySet<string>;
  assertTrusts: (roleArn: string, servicePrincipal: string, sourceArn: string) => void;
  changed: () => void;
}): AwsService {
  const { store, clock, groups, assertTrusts, changed } = options;

  function get(input: Json): Json {
    const arn = arnOf(input);
    const found = store.find(arn);
    if (!found) throw new AwsError('ResourceNotFoundException', `Schedule ${nameOf(input)} does not exist.`, 404);
    const { StartDate, EndDate, ...definition } = found.definition;
    return {
      Arn: arn,
      Name: nameOf(input),
      GroupName: groupOf(input),
      ...definition,
      ...(StartDate !== undefined && { StartDate: Date.parse(StartDate) / 1000 }),
      ...(EndDate !== undefined && { EndDate: Date.parse(EndDate) / 1000 }),
      CreationDate: found.createdAt / 1000,
      LastModificationDate: found.changedAt / 1000,
    };
  }

  /** Errors: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html */
  function create(input: Json): Json {
    if (!groups.has(groupOf(input))) {
      throw new AwsError('ResourceNotFoundException', `Schedule group ${groupOf(input)} does not exist.`, 404);
    }
    if (store.find(arnOf(input))) throw new AwsError('ConflictException', `Schedule ${nameOf(input)} already exists.`, 409);
    return write(input, store.create);
  }

  function update(input: Json): Json {
    get(input);
    return write(input, store.update);
  }

  function write(input: Json, keep: (arn: string, definition: Definition, now: number) => void): Json {
    const parsed = v.safeParse(writtenSchema, input);
    if (!parsed.success) {
      const place = v.getDotPath(parsed.issues[0]) ?? 'the request';
      throw new AwsError('ValidationException', `The value of ${place} is invalid or not supported locally.`);
    }
    const { Name, GroupName, ClientToken, ...definition } = parsed.output;
    requireTrust(definition, groupOf(input));
    try {
      nextFireOf(definition, 0, 0);
      keep(arnOf(input), definition, clock.now());
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      throw new AwsError('ValidationException', error.message);
    }
    changed();
    return { ScheduleArn: arnOf(input) };
  }

  function requireTrust({ Target: { RoleArn } }: Definition, group: string): void {
    try {
      assertTrusts(RoleArn, 'scheduler.amazonaws.com', groupArn(group));
    } catch {
      throw new AwsError(
        'ValidationException',
        'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
      );
    }
  }

  function remove(input: Json): Json {
    get(input);
    store.remove(arnOf(input));
    changed();
    return {};
  }

  return {
    name: 'scheduler',
    permissions: requiredPermissions,
    async call(operation, input) {
      if (operation === 'GetSchedule') return get(input);
      if (operation === 'CreateSchedule') return create(input);
      if (operation === 'UpdateSchedule') return update(input);
      if (operation === 'DeleteSchedule') return remove(input);
      throw new AwsError(
        'UnknownOperationException',
        `The operation ${operation} of EventBridge Scheduler is not supported locally.`,
      );
    },
  };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html */
function requiredPermissions(operation: string, input: Json): readonly RequiredPermission[] {
  const own = { action: `scheduler:${operation}`, resource: arnOf(input) };
  const role: unknown = Reflect.get(Object(input.Target), 'RoleArn');
  if (!['CreateSchedule', 'UpdateSchedule'].includes(operation) || typeof role !== 'string') return [own];
  return [own, { action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }];
}

const nameOf = ({ Name }: Json): string => String(Name ?? '');
const groupOf = ({ GroupName }: Json): string => String(GroupName ?? DEFAULT_GROUP);
const arnOf = (input: Json): string => scheduleArn(groupOf(input), nameOf(input));
