import type { PermissionStatement } from './permission-statement.ts';
import type { JsonPath } from './source-text.ts';

/** What one Task asks of its role; the places are paths from the state on. */
export interface DerivedTask {
  readonly allowed?: readonly PermissionStatement[];
  /** What could not be derived. Without actions: those of this service that it needs are not known either. */
  readonly missing?: {
    readonly at: JsonPath;
    readonly why: string;
    readonly actions: readonly string[];
    readonly service: string;
  };
  /** What no permission helps against. */
  readonly wrong?: { readonly at: JsonPath; readonly what: string };
}

type Json = Readonly<Record<string, unknown>>;

/** A task's arguments, and the name of the field that holds them: `Parameters` in JSONPath. */
interface Arguments {
  readonly field: 'Arguments' | 'Parameters';
  readonly values: Json;
}

const INTEGRATION = /^arn:aws[a-z-]*:states:::(?:aws-sdk:)?([a-z0-9-]+):([A-Za-z0-9]+)((?:\.\w+)?(?::2)?)$/;
const OWN_TASK = /^\$\{tasks\.[^}]*\}$/;
/** Granted with the placeholder, as its tasks are. */
const OWN_CALL = /^\$\{(?:tasks|millrace)\.[^}]*\}$/;
const HERE = `arn:\${AWS::Partition}:`;
const PLACE = `\${AWS::Region}:\${AWS::AccountId}`;

/** Needed by none: they are polled by a worker of their own (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html). */
const ACTIVITY = /^arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:activity:/;
const FUNCTION_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/** What a Task state's role must be allowed. The syntax of what it names is checked as far as the permission needs it. */
export function deriveTask(state: Json): DerivedTask {
  const derived = deriveCall(state);
  return state.Credentials === undefined || derived.wrong ? derived : deriveAssumedRole(state.Credentials);
}

/** The call is made as the role of its Credentials, which alone needs the call's permissions (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html). */
function deriveAssumedRole(credentials: unknown): DerivedTask {
  const role = isObject(credentials) ? literal(credentials, 'RoleArn') : undefined;
  if (role !== undefined && ROLE_ARN.test(role)) return { allowed: [allow(['sts:AssumeRole'], role)] };
  const why = 'does not name the RoleArn of its Credentials literally';
  return { missing: { at: ['Credentials', 'RoleArn'], why, actions: ['sts:AssumeRole'], service: 'sts' } };
}

function deriveCall(state: Json): DerivedTask {
  const resource = typeof state.Resource === 'string' ? state.Resource : '';
  if (OWN_TASK.test(resource) || ACTIVITY.test(resource)) return {};
  if (FUNCTION_ARN.test(resource)) return { allowed: [allow(['lambda:InvokeFunction'], resource)] };
  const [, service = '', operation = '', suffix = ''] = INTEGRATION.exec(resource) ?? [];
  if (!service) {
    return {
      wrong: {
        at: ['Resource'],
        what: `must have the Resource of a service integration (arn:aws:states:::...), of a Lambda function, or \${tasks.<name>}.`,
      },
    };
  }
  // Their connection is granted with them.
  if (service === 'http') return {};

  const field = 'Parameters' in state ? 'Parameters' : 'Arguments';
  const values = isObject(state[field]) ? state[field] : {};
  const from: Arguments = { field, values };
  const name = `${SERVICE[service] ?? service}:${operation}`;
  if (name === 'lambda:invoke' && OWN_CALL.test(String(values.FunctionName))) return {};
  if (name === 'events:putEvents') return derivePutEvents(from);
  if (name === 'states:startExecution') return deriveStart(from, suffix.startsWith('.sync'));
  const rule = RULES[name];
  if (rule) return deriveByRule(rule, from);
  return { missing: { at: ['Resource'], why: `uses ${resource}`, actions: actionsOf(service, operation), service } };
}

/** Names that differ from those in IAM. */
const SERVICE: Readonly<Record<string, string>> = { eventbridge: 'events', sfn: 'states' };

interface Rule {
  readonly action: string;
  /** The field that names the resource. */
  readonly field: string;
  /** The ARN for its value; undefined when it is none. */
  readonly arnOf: (value: string) => string | undefined;
}

const table = (action: string): Rule => ({
  action: `dynamodb:${action}`,
  field: 'TableName',
  arnOf: tableArn,
});

const RULES: Readonly<Record<string, Rule>> = {
  'dynamodb:getItem': table('GetItem'),
  'dynamodb:putItem': table('PutItem'),
  'dynamodb:updateItem': table('UpdateItem'),
  'dynamodb:deleteItem': table('DeleteItem'),
  'lambda:invoke': { action: 'lambda:InvokeFunction', field: 'FunctionName', arnOf: functionArn },
  'sns:publish': {
    action: 'sns:Publish',
    field: 'TopicArn',
    arnOf: (arn) => (/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+$/.test(arn) ? arn : undefined),
  },
  'sqs:sendMessage': { action: 'sqs:SendMessage', field: 'QueueUrl', arnOf: queueArn },
  'states:startSyncExecution': { action: 'states:StartSyncExecution', field: 'StateMachineArn', arnOf: machineArn },
};

const START: Rule = { action: 'states:StartExecution', field: 'StateMachineArn', arnOf: machineArn };

/** A name or an ARN (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html), and never a pattern of several. */
function tableArn(name: string): string | undefined {
  if (/^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]+$/.test(name)) return name;
  return /^[\w.-]{1,255}$/.test(name) ? `${HERE}dynamodb:${PLACE}:table/${name}` : undefined;
}

/** A name or an ARN (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html), and never a pattern of several. */
function busArn(name: string): string | undefined {
  if (/^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]+$/.test(name)) return name;
  return /^[\w./-]{1,256}$/.test(name) ? `${HERE}events:${PLACE}:event-bus/${name}` : undefined;
}

/** A name, a partial ARN or an ARN, with or without a qualifier (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). */
function functionArn(name: string): string | undefined {
  if (FUNCTION_ARN.test(name)) return name;
  const [, account, plain] = /^(?:(\d{12}):function:)?([\w-]{1,64}(?::[\w$-]+)?)$/.exec(name) ?? [];
  return plain && `${HERE}lambda:\${AWS::Region}:${account ?? `\${AWS::AccountId}`}:function:${plain}`;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
function queueArn(url: string): string | undefined {
  const [, region, account, name] = /^https:\/\/sqs\.([a-z0-9-]+)\.[a-z.]+\/(\d{12})\/([\w.-]+)$/.exec(url) ?? [];
  return name && `${HERE}sqs:${region}:${account}:${name}`;
}

/** Without its version, by which nothing is authorized (https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html). */
function machineArn(arn: string): string | undefined {
  return /^(arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:[\w-]+)(?::[\w-]+)?$/.exec(arn)?.[1];
}

function deriveByRule({ action, field, arnOf }: Rule, from: Arguments): DerivedTask {
  const value = literal(from.values, field);
  const arn = value === undefined ? undefined : arnOf(value);
  if (arn !== undefined) return { allowed: [allow([action], arn)] };
  const why = value === undefined ? `does not name its ${field} literally` : `has a ${field} that is none`;
  return { missing: { at: [from.field, field], why, actions: [action], service: action.split(':')[0] ?? '' } };
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/stepfunctions-iam.html */
function deriveStart(from: Arguments, isSynchronous: boolean): DerivedTask {
  const started = deriveByRule(START, from);
  if (!isSynchronous) return started;
  const waiting = ['states:DescribeExecution', 'states:StopExecution'];
  const rule = allow(
    ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    `${HERE}events:${PLACE}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
  );
  const [machine] = started.allowed?.[0]?.resources ?? [];
  if (machine !== undefined) {
    const executions = `${machine.replace(':stateMachine:', ':execution:')}:*`;
    return { allowed: [...(started.allowed ?? []), allow(waiting, executions), rule] };
  }
  const { missing } = started;
  return { allowed: [rule], ...(missing && { missing: { ...missing, actions: [...missing.actions, ...waiting] } }) };
}

/** The only source under Millrace's own prefix that workflows may publish as; the others are the platform's. */
const CUSTOM_SOURCE = 'millrace.custom';

/** Publishing is allowed with the sources that the entries name, and no others (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html). */
function derivePutEvents({ field, values }: Arguments): DerivedTask {
  const action = 'events:PutEvents';
  const missing = (at: JsonPath, why: string): DerivedTask => ({
    missing: { at: [field, ...at], why, actions: [action], service: 'events' },
  });
  if (!Array.isArray(values.Entries)) return missing(['Entries'], 'does not list its Entries literally');
  const allowed: PermissionStatement[] = [];
  for (const [index, entry] of values.Entries.entries()) {
    const at = ['Entries', index];
    const source = isObject(entry) ? literal(entry, 'Source') : undefined;
    if (!isObject(entry) || source === undefined)
      return missing([...at, 'Source'], 'does not name the Source of an entry literally');
    if (source.startsWith('millrace.') && source !== CUSTOM_SOURCE) {
      const what = `must not publish as ${source}; of the sources that begin with "millrace." only ${CUSTOM_SOURCE} is for workflows.`;
      return { wrong: { at: [field, ...at, 'Source'], what } };
    }
    const isDefault = !('EventBusName' in entry) && !('EventBusName.$' in entry);
    const bus = isDefault ? 'default' : literal(entry, 'EventBusName');
    if (bus === undefined) return missing([...at, 'EventBusName'], 'does not name the EventBusName of an entry literally');
    const arn = busArn(bus);
    if (arn === undefined) return missing([...at, 'EventBusName'], 'has an EventBusName that is none');
    allowed.push({
      ...allow([action], arn),
      conditions: { StringEquals: { 'events:source': [source] } },
    });
  }
  return { allowed };
}

/** Services of AWS SDK integrations whose IAM prefix we know, where it differs from their name, and those where it does not. */
const IAM_PREFIX: Readonly<Record<string, string>> = {
  ...SERVICE,
  cloudwatchlogs: 'logs',
  sesv2: 'ses',
  ...Object.fromEntries(
    ['athena', 'cloudwatch', 'dynamodb', 'kms', 'lambda', 's3', 'scheduler', 'secretsmanager', 'ses', 'sns', 'sqs', 'ssm'].map(
      (name) => [name, name],
    ),
  ),
};

/** Operations that IAM knows by another name (https://docs.aws.amazon.com/service-authorization/latest/reference/). */
const IAM_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  's3:copyObject': ['s3:GetObject', 's3:PutObject'],
  's3:headBucket': ['s3:ListBucket'],
  's3:headObject': ['s3:GetObject'],
  's3:listObjects': ['s3:ListBucket'],
  's3:listObjectsV2': ['s3:ListBucket'],
  'sns:publishBatch': ['sns:Publish'],
  'sqs:sendMessageBatch': ['sqs:SendMessage'],
  'dynamodb:transactGetItems': ['dynamodb:GetItem'],
};

/** Several statements in one, each with an action of its own. */
const WITHOUT_ONE_ACTION = ['dynamodb:executeStatement', 'dynamodb:batchExecuteStatement', 'dynamodb:transactWriteItems'];

/** The IAM actions of an operation; none when they are not known. */
function actionsOf(service: string, operation: string): readonly string[] {
  const prefix = IAM_PREFIX[service];
  const name = `${service}:${operation}`;
  if (prefix === undefined || WITHOUT_ONE_ACTION.includes(name)) return [];
  return IAM_ACTIONS[name] ?? [`${prefix}:${operation.charAt(0).toUpperCase()}${operation.slice(1)}`];
}

/** A field's text when it is one that is known now: no expression, and in JSONPath no path. */
function literal(values: Json, field: string): string | undefined {
  const value = values[field];
  return typeof value === 'string' && !value.startsWith('{%') && !value.includes('${') ? value : undefined;
}

const allow = (actions: readonly string[], resource: string): PermissionStatement => ({ actions, resources: [resource] });
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
