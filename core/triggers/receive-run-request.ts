import * as v from 'valibot';
import { methodNotAllowed, notFound, unprocessable, unsupportedMediaType } from '../errors.ts';
import { isJson, mediaType } from '../events/body.ts';
import { parseJsonText } from '../events/json-text.ts';
import { authenticate } from '../tokens/authenticate.ts';
import { takeCredential } from '../tokens/credential.ts';
import { allows, requireScope, type Token } from '../tokens/token.ts';
import { type Accepted, type IncomingRequest, type Receiver, requireSize } from './start.ts';
import { startManual } from './start-manual.ts';

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);

/** Not `v.record`: that leaves out fields by the name of `constructor` or `prototype`. */
const anObject = v.custom<Record<string, unknown>>(isObject, 'must be an object');

const runRequestSchema = v.pipe(
  anObject,
  v.looseObject(
    {
      token: v.optional(v.string('must be a string')),
      workflowId: v.optional(v.string('must be a string')),
      properties: v.optional(anObject, {}),
    },
    'must be an object',
  ),
);

/**
 * Takes in one `POST /webhook/payload`: `{"token", "workflowId"?, "properties"?}` starts the workflow that the token is bound to, or the
 * one it names, with `properties` as its `params`.
 *
 * What is refused once its workflow is known is told in the workflow's request log.
 *
 * Raises 400, 401, 403 for a token without the scope `trigger`, 404, 405, 409 for an inactive workflow, 413, 415, 422.
 */
export async function receiveRunRequest(receiver: Receiver, incoming: IncomingRequest): Promise<Accepted> {
  if (incoming.method !== 'POST') throw methodNotAllowed(incoming.method, ['POST']);
  requireSize(incoming.body);
  const { token: inBody, workflowId: named, properties } = readBody(incoming);
  const { presented, request } = takeCredential(incoming);
  const token = await authenticate(inBody ?? presented, receiver.findToken, incoming.receivedAt);
  requireScope(token, 'trigger');

  const workflowId = named ?? onlyWorkflowOf(token);
  const workflow = await receiver.findWorkflow(token.workspace, workflowId);
  if (!workflow || !allows(token, { scope: 'trigger', workspace: workflow.workspace, workflowId })) {
    throw notFound('There is no such workflow, or the token is not for it.');
  }
  const { receivedAt, sourceIp } = incoming;
  return startManual(receiver, { workflow, params: properties, paramsAt: '/properties', request, receivedAt, sourceIp, token });
}

function readBody(incoming: IncomingRequest): v.InferOutput<typeof runRequestSchema> {
  const type = mediaType(incoming.headers['content-type']);
  if (!type || !isJson(type)) throw unsupportedMediaType('Send the request as application/json.');
  const parsed = v.safeParse(runRequestSchema, parseJsonText(incoming.body));
  if (parsed.success) return parsed.output;
  const errors = parsed.issues.map((issue) => ({
    pointer: (issue.path ?? []).map((step) => `/${String(step.key)}`).join(''),
    detail: issue.message,
  }));
  throw unprocessable('The body is not of the form {"token", "workflowId", "properties"}.', errors);
}

function onlyWorkflowOf(token: Token): string {
  const [workflowId, another] = token.workflowIds ?? [];
  if (workflowId === undefined || another !== undefined) {
    throw unprocessable('Name the workflow to start; the token is not bound to exactly one.', [
      { pointer: '/workflowId', detail: 'is missing' },
    ]);
  }
  return workflowId;
}
