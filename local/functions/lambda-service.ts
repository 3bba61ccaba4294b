import { randomUUID } from 'node:crypto';
import { AwsError, type AwsService, type Json } from '../aws/service.ts';
import { isJson } from '../is-json.ts';
import type { AsynchronousInvocations } from './asynchronous-invocations.ts';
import { functionArn, functionReference } from './function-name.ts';
import type { FunctionRegistry } from './function-registry.ts';
import { type Invoker, LARGEST_PAYLOAD } from './invoker.ts';

/** 1 MB: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const LARGEST_ASYNCHRONOUS_PAYLOAD = 1024 * 1024;

/** Bytes of base64: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const LARGEST_CLIENT_CONTEXT = 3583;

/** Lambda's Invoke (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html); `Payload` is JSON text in both directions. */
export function createLambdaService(options: {
  registry: FunctionRegistry;
  invoker: Invoker;
  asynchronous: AsynchronousInvocations;
}): AwsService {
  const { registry, invoker, asynchronous } = options;
  return {
    name: 'lambda',
    permissions(operation, input) {
      if (operation !== 'Invoke') return [];
      const reference = functionReference(input.FunctionName, input.Qualifier);
      return [{ action: 'lambda:InvokeFunction', resource: functionArn(reference) }];
    },
    async call(operation, input): Promise<Json> {
      if (operation !== 'Invoke')
        throw new AwsError('UnknownOperationException', `lambda:${operation} is not supported locally.`, 404);
      const reference = functionReference(input.FunctionName, input.Qualifier);
      const fn = registry.find(reference);
      if (input.LogType === 'Tail') throw new AwsError('InvalidParameterValueException', 'LogType Tail is not supported locally.');
      switch (input.InvocationType ?? 'RequestResponse') {
        case 'DryRun':
          return { StatusCode: 204, ExecutedVersion: fn.version };
        case 'Event':
          asynchronous.accept(functionArn(reference), readPayload(input, LARGEST_ASYNCHRONOUS_PAYLOAD));
          return { StatusCode: 202, Payload: '' };
        case 'RequestResponse': {
          const payload = readPayload(input, LARGEST_PAYLOAD);
          const clientContext = readClientContext(input.ClientContext);
          const invocation = { requestId: randomUUID(), payload, invokedFunctionArn: functionArn(reference), ...clientContext };
          const outcome = await invoker.invoke(fn, invocation);
          return {
            StatusCode: 200,
            Payload: outcome.payload,
            ExecutedVersion: fn.version,
            ...(outcome.functionError && { FunctionError: outcome.functionError }),
          };
        }
        default:
          throw new AwsError('InvalidParameterValueException', 'InvocationType must be RequestResponse, Event or DryRun.');
      }
    },
  };
}

function readPayload(input: Json, largest: number): string {
  const payload = input.Payload === undefined || input.Payload === '' ? '{}' : input.Payload;
  if (typeof payload !== 'string') throw new AwsError('InvalidRequestContentException', 'Payload must be JSON text.');
  if (Buffer.byteLength(payload) > largest) {
    const message = `Request must be smaller than ${largest} bytes for the InvokeFunction operation`;
    throw new AwsError('RequestTooLargeException', message, 413);
  }
  if (!isJson(payload)) throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
  return payload;
}

/** JSON, for synchronous invocations alone: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext */
function readClientContext(encoded: unknown): { clientContext?: string } {
  if (encoded === undefined) return {};
  const clientContext = Buffer.from(String(encoded), 'base64').toString('utf8');
  if (String(encoded).length > LARGEST_CLIENT_CONTEXT || !isJson(clientContext)) {
    throw new AwsError('InvalidRequestContentException', 'Client context must be up to 3583 bytes of base64-encoded JSON.');
  }
  return { clientContext };
}
