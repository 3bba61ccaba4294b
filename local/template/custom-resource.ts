import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { type AwsCall, AwsError, type Json } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { type CustomResourceIdentity, type CustomResourceRecord, openCustomResourceState } from './custom-resource-state.ts';
import type { ProvisionedResource, Provisioner } from './provisioner.ts';
import { createResponseServer } from './response-url.ts';
import { stackIdOf } from './stable-uuid.ts';

/** `Custom::*` and `AWS::CloudFormation::CustomResource`, for one deployment. */
export interface CustomResources {
  /** Creates or updates; a resource whose properties did not change since its last success is not called again. */
  readonly provision: Provisioner;
  /** Deletes what `provision` was not asked for and what updates replaced. Call it once everything is provisioned. */
  removeMissing(): Promise<void>;
  close(): Promise<void>;
}

export interface CustomResourceOptions {
  /** Keeps what each resource is, over restarts. */
  readonly db: DatabaseSync;
  readonly call: AwsCall;
  readonly clock: Clock;
  readonly log: Log;
}

type RequestType = 'Create' | 'Update' | 'Delete';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const answerSchema = v.object({
  Status: v.picklist(['SUCCESS', 'FAILED']),
  Reason: v.optional(v.nullable(v.string())),
  PhysicalResourceId: v.optional(v.string()),
  StackId: v.string(),
  RequestId: v.string(),
  LogicalResourceId: v.string(),
  Data: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
});
const MAXIMUM_ANSWER_BYTES = 4096;

/** CloudFormation's own default is an hour; nobody waits that long for a local start. */
const DEFAULT_TIMEOUT_SECONDS = 60;

/** The life cycle: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes.html */
export function createCustomResources({ db, call, clock, log }: CustomResourceOptions): CustomResources {
  const state = openCustomResourceState(db);
  const responses = createResponseServer();
  const seen = new Set<string>();

  async function request(
    requestType: RequestType,
    target: Omit<CustomResourceRecord, 'attributes' | 'physicalId'>,
    more: { PhysicalResourceId?: string; OldResourceProperties?: Json } = {},
  ): Promise<ProvisionedResource> {
    const { stackName, logicalId, type, properties } = target;
    const serviceToken = serviceTokenOf(properties);
    const { url, answer } = await responses.expect();
    const event = {
      RequestType: requestType,
      ServiceToken: serviceToken,
      ResponseURL: url,
      StackId: stackIdOf(stackName),
      RequestId: randomUUID(),
      LogicalResourceId: logicalId,
      ResourceType: type,
      ResourceProperties: properties,
      ...more,
    };
    log.detail(`${stackName}/${logicalId}: ${requestType}`);
    // CloudFormation invokes the function with the rights of whoever deploys, not as a service of its own.
    await call(
      'lambda',
      'Invoke',
      { FunctionName: serviceToken, InvocationType: 'Event', Payload: JSON.stringify(event) },
      { kind: 'operator' },
    );

    const seconds = Number(properties.ServiceTimeout ?? DEFAULT_TIMEOUT_SECONDS);
    const timer = new AbortController();
    const timeout = clock.sleep(seconds * 1000, timer.signal).then(
      () => undefined,
      () => undefined,
    );
    const body = await Promise.race([answer, timeout]);
    timer.abort();
    if (body === undefined) {
      throw new Error(`${requestType} was not answered within ${seconds} s; look into the log of ${serviceToken}.`);
    }
    return readAnswer(requestType, event, body);
  }

  async function provision(resource: Parameters<Provisioner>[0]): Promise<ProvisionedResource> {
    const { stackName, logicalId, type } = resource;
    const properties = withStrings(resource.properties) as Json;
    seen.add(keyOf(resource));
    const known = state.find(resource);
    if (known?.type === type && isDeepStrictEqual(known.properties, properties)) {
      return { ref: known.physicalId, attributes: known.attributes };
    }
    const next = { stackName, logicalId, type, properties };
    const isUpdate = known?.type === type;
    if (isUpdate && known.properties.ServiceToken !== properties.ServiceToken) {
      throw new Error('CloudFormation does not allow another ServiceToken for an existing resource; give it a new logical id.');
    }
    const result = isUpdate
      ? await request('Update', next, { PhysicalResourceId: known.physicalId, OldResourceProperties: known.properties })
      : await request('Create', next);
    const isReplaced = known && !(isUpdate && known.physicalId === result.ref);
    state.save({ ...next, physicalId: result.ref, attributes: result.attributes }, isReplaced ? known : undefined);
    return result;
  }

  async function removeMissing(): Promise<void> {
    state.retire((identity) => seen.has(keyOf(identity)));
    for (const removal of state.pendingRemovals()) {
      const place = `${removal.stackName}/${removal.logicalId} (${removal.type})`;
      try {
        await request('Delete', removal, { PhysicalResourceId: removal.physicalId });
      } catch (cause) {
        const isFunctionGone = cause instanceof AwsError && cause.code === 'ResourceNotFoundException';
        if (!isFunctionGone) throw new Error(`${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
        log.line(`${place} left the templates together with its function, so nothing could delete it.`);
      }
      state.removed(removal.removalId);
    }
  }

  return { provision, removeMissing, close: () => responses.close() };
}

const keyOf = ({ stackName, logicalId }: CustomResourceIdentity): string => `${stackName}/${logicalId}`;

function serviceTokenOf(properties: Readonly<Record<string, unknown>>): string {
  const token = properties.ServiceToken;
  if (typeof token === 'string' && token.split(':')[2] === 'lambda') return token;
  throw new Error('Its ServiceToken is not the ARN of a Lambda function; nothing else is supported.');
}

function readAnswer(
  requestType: RequestType,
  request: { readonly StackId: string; readonly RequestId: string; readonly LogicalResourceId: string },
  body: string,
): ProvisionedResource {
  if (Buffer.byteLength(body) > MAXIMUM_ANSWER_BYTES) {
    throw new Error(`${requestType} was answered with more than ${MAXIMUM_ANSWER_BYTES} bytes.`);
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), answerSchema), body);
  if (!parsed.success) throw new Error(`${requestType} was answered with something else than a response object.`);
  const answer = parsed.output;
  if (answer.Status === 'FAILED') throw new Error(`${requestType} failed: ${answer.Reason ?? 'no reason given'}`);
  for (const field of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
    if (answer[field] !== request[field]) throw new Error(`${requestType} was answered with another ${field} than the request's.`);
  }
  if (!answer.PhysicalResourceId) throw new Error(`${requestType} was answered without a PhysicalResourceId.`);
  const attributes = Object.entries(answer.Data ?? {}).flatMap(([name, value]) =>
    typeof value === 'object' ? [] : [[name, String(value)] as const],
  );
  return { ref: answer.PhysicalResourceId, attributes: Object.fromEntries(attributes) };
}

/**
 * CloudFormation hands every number and boolean in the properties to the function as a string:
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1037
 */
function withStrings(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withStrings);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withStrings(item)]));
  }
  return String(value);
}
