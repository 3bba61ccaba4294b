import type { Protocol } from './protocol.ts';
import { AwsError } from './service.ts';

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/**
 * The REST-JSON form of Invoke (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html): the payload is the body, as
 * JSON text in `Payload`; a function's own failure is a 200 with `X-Amz-Function-Error`.
 */
export const lambdaProtocol: Protocol = {
  read({ method, path, query, headers, body }) {
    const name = INVOCATIONS.exec(path)?.[1];
    if (method !== 'POST' || name === undefined) {
      throw new AwsError('UnknownOperationException', 'Only Invoke of the Lambda API is supported locally.', 404);
    }
    const qualifier = query.get('Qualifier');
    return {
      operation: 'Invoke',
      input: {
        FunctionName: decodeURIComponent(name),
        InvocationType: String(headers['x-amz-invocation-type'] ?? 'RequestResponse'),
        ...(qualifier !== null && { Qualifier: qualifier }),
        ...(headers['x-amz-log-type'] !== undefined && { LogType: headers['x-amz-log-type'] }),
        ...(headers['x-amz-client-context'] !== undefined && { ClientContext: headers['x-amz-client-context'] }),
        ...(body.length > 0 && { Payload: body.toString('utf8') }),
      },
    };
  },
  answer(_operation, output) {
    const { StatusCode, FunctionError, ExecutedVersion, LogResult, Payload } = output;
    return {
      status: typeof StatusCode === 'number' ? StatusCode : 200,
      headers: {
        'content-type': 'application/json',
        ...(typeof FunctionError === 'string' && { 'x-amz-function-error': FunctionError }),
        ...(typeof ExecutedVersion === 'string' && { 'x-amz-executed-version': ExecutedVersion }),
        ...(typeof LogResult === 'string' && { 'x-amz-log-result': LogResult }),
      },
      ...(Payload !== undefined && {
        body: typeof Payload === 'string' || Payload instanceof Uint8Array ? Payload : JSON.stringify(Payload),
      }),
    };
  },
  fail: (error) => ({
    status: error.status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
    body: JSON.stringify({ Type: error.status < 500 ? 'User' : 'Service', message: error.message }),
  }),
};
