import * as v from 'valibot';
import { manifestSchema } from './manifest.ts';
import { type Registration, RegistrationError, type Registry, register, unregister } from './registration.ts';
import { isImported } from './revisions.ts';
import { WORKFLOW_ID } from './workflow.ts';

/** What every answer repeats: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
const envelopeSchema = v.object({
  RequestType: v.picklist(['Create', 'Update', 'Delete']),
  ResponseURL: v.pipe(v.string(), v.url()),
  StackId: v.string(),
  RequestId: v.string(),
  LogicalResourceId: v.string(),
  ResourceType: v.optional(v.string()),
  PhysicalResourceId: v.optional(v.string()),
  ResourceProperties: v.optional(v.unknown()),
});
export type RegistrationRequest = v.InferOutput<typeof envelopeSchema>;

const propertiesSchema = v.object({
  Workspace: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/, 'has to be 1 to 40 lower-case letters, digits or hyphens')),
  WorkflowId: v.pipe(v.string(), v.regex(WORKFLOW_ID, 'has to be 1 to 40 lower-case letters, digits or hyphens')),
  Manifest: v.pipe(v.string(), v.parseJson(undefined, 'is not JSON'), manifestSchema),
  StateMachineArn: v.string(),
  StateMachineVersionArn: v.string(),
});

/** What CloudFormation is told: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
export interface RegistrationAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

/** Reads a request of a custom resource. Raises `v.ValiError` for anything that cannot be answered. */
export const parseRegistrationRequest = (event: unknown): RegistrationRequest => v.parse(envelopeSchema, event);

export interface RequestedRegistry extends Registry {
  /** Removes every rule that was made at run time. */
  readonly removeRunTimeRules: () => Promise<void>;
}

/**
 * Does what the custom resource asks for, and tells how it went; never rejects. The physical id is `<workspace>/<workflowId>`: a
 * workflow under another id is another resource, and CloudFormation deletes the former one by its physical id afterwards.
 */
export async function answerRegistration(
  registry: RequestedRegistry,
  request: RegistrationRequest,
  now: Date,
): Promise<RegistrationAnswer> {
  const { StackId, RequestId, LogicalResourceId } = request;
  const fixed = { StackId, RequestId, LogicalResourceId };
  try {
    return { ...fixed, Status: 'SUCCESS', PhysicalResourceId: await carryOut(registry, request, now) };
  } catch (error) {
    // An unfinished creation is deleted by the id it is given here: the workflow's, so that nothing of it stays.
    const PhysicalResourceId = request.PhysicalResourceId ?? physicalIdIn(request.ResourceProperties) ?? RequestId;
    const Reason =
      error instanceof RegistrationError
        ? error.message
        : `The workflow could not be registered (${error instanceof Error ? error.name : 'unknown error'}); the registry's log has the reason.`;
    if (!(error instanceof RegistrationError)) console.error({ message: 'registration failed', error });
    return { ...fixed, Status: 'FAILED', Reason, PhysicalResourceId };
  }
}

const identitySchema = v.pick(propertiesSchema, ['Workspace', 'WorkflowId']);

function physicalIdIn(properties: unknown): string | undefined {
  const parsed = v.safeParse(identitySchema, properties);
  return parsed.success ? `${parsed.output.Workspace}/${parsed.output.WorkflowId}` : undefined;
}

/** Stands for the rules that triggers made at run time have: they go before their bus does. */
export const RUN_TIME_RULES = 'Custom::MillraceRunTimeRules';

async function carryOut(registry: RequestedRegistry, request: RegistrationRequest, now: Date): Promise<string> {
  if (request.ResourceType === RUN_TIME_RULES) {
    if (request.RequestType === 'Delete') await registry.removeRunTimeRules();
    return 'run-time-rules';
  }
  const declaredBy = `${request.StackId}|${request.LogicalResourceId}`;
  if (request.RequestType === 'Delete') {
    const physicalId = request.PhysicalResourceId ?? '';
    const [, workspace, workflowId] = /^([^/]+)\/([^/]+)$/.exec(physicalId) ?? [];
    if (workspace && workflowId) await unregister(registry, workspace, workflowId, declaredBy);
    return physicalId;
  }
  const registration = readRegistration(request.ResourceProperties, declaredBy);
  if (isImported(registration)) requireSamePlace(registration.stateMachineArn, request.StackId);
  await register(registry, registration, now);
  return `${registration.workspace}/${registration.workflowId}`;
}

/** Status changes reach the default bus of the execution's own account and region. */
function requireSamePlace(stateMachineArn: string, stackId: string): void {
  const placeOf = (arn: string) => arn.split(':').slice(3, 5).join(':');
  if (placeOf(stateMachineArn) === placeOf(stackId)) return;
  throw new RegistrationError(`The state machine ${stateMachineArn} is of another account or region than this stack.`);
}

function readRegistration(properties: unknown, declaredBy: string): Registration {
  const parsed = v.safeParse(propertiesSchema, properties);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const place = (issue.path ?? []).map(({ key }) => String(key)).join('.');
    throw new RegistrationError(`The workflow's property ${place} is not valid: ${issue.message}.`);
  }
  const { Workspace, WorkflowId, Manifest, StateMachineArn, StateMachineVersionArn } = parsed.output;
  return {
    workspace: Workspace,
    workflowId: WorkflowId,
    manifest: Manifest,
    stateMachineArn: StateMachineArn,
    stateMachineVersionArn: StateMachineVersionArn,
    declaredBy,
  };
}
