import * as v from 'valibot';
import { isAllowedUrl } from '../../../core/workflows/connections.ts';
import { isRefusedHeader } from '../../../core/workflows/http-headers.ts';
import type { Json } from '../../aws/service.ts';
import type { HttpRequest } from '../../connections/http-client.ts';
import { LOCAL_REGION } from '../../template/provisioner.ts';
import { StatesError } from '../asl/errors.ts';
import { formEncoded } from './form-encoding.ts';

const connection = v.strictObject({ ConnectionArn: v.string() });
const scalar = v.union([v.string(), v.number(), v.boolean()]);
const oneOrMore = v.union([scalar, v.array(scalar)]);

/** https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-fields */
const argumentsSchema = v.strictObject({
  ApiEndpoint: v.string(),
  Method: v.picklist(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']),
  Authentication: v.optional(connection),
  InvocationConfig: v.optional(connection),
  Headers: v.optional(v.record(v.string(), oneOrMore), {}),
  QueryParameters: v.optional(v.record(v.string(), oneOrMore), {}),
  RequestBody: v.optional(v.unknown()),
  Transform: v.optional(
    v.strictObject({
      RequestBodyEncoding: v.optional(v.picklist(['NONE', 'URL_ENCODED']), 'NONE'),
      RequestEncodingOptions: v.optional(
        v.strictObject({ ArrayFormat: v.optional(v.picklist(['INDICES', 'REPEAT', 'COMMAS', 'BRACKETS']), 'INDICES') }),
        {},
      ),
    }),
    {},
  ),
});

/** An HTTP step's arguments, understood: what is sent, but for what its connection adds. */
export interface HttpStep {
  readonly endpoint: string;
  readonly connectionArn: string;
  readonly request: HttpRequest;
}

const refused = (cause: string) => new StatesError('States.Runtime', cause);

/** Throws `StatesError` `States.Runtime` for what Step Functions would refuse. */
export function readHttpStep(input: Json): HttpStep {
  const parsed = v.safeParse(argumentsSchema, input);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw refused(`The HTTP task's ${v.getDotPath(issue) ?? 'arguments'} is not valid or not supported locally.`);
  }
  const { ApiEndpoint, Method, Authentication, InvocationConfig, Headers, QueryParameters, RequestBody, Transform } = parsed.output;
  const { ConnectionArn } = InvocationConfig ?? Authentication ?? {};
  if (ConnectionArn === undefined) throw refused('The HTTP task has neither Authentication nor InvocationConfig.');
  if (!isAllowedUrl(ApiEndpoint)) throw refused('ApiEndpoint must be an https URL; locally plain http is allowed on loopback.');

  const url = new URL(ApiEndpoint);
  for (const [key, values] of Object.entries(QueryParameters)) {
    for (const value of [values].flat()) url.searchParams.append(key, String(value));
  }
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=UTF-8',
    'user-agent': `Amazon|StepFunctions|HttpInvoke|${LOCAL_REGION}`,
    range: 'bytes=0-262144',
  };
  for (const [name, values] of Object.entries(Headers)) {
    if (isRefusedHeader(name)) throw refused(`The header ${name} cannot be set by an HTTP task.`);
    headers[name.toLowerCase()] = [values].flat().join(', ');
  }
  const body = RequestBody === undefined ? {} : { body: bodyText(RequestBody, Transform) };
  return { endpoint: ApiEndpoint, connectionArn: ConnectionArn, request: { method: Method, url, headers, ...body } };
}

function bodyText(body: unknown, transform: v.InferOutput<typeof argumentsSchema>['Transform']): string {
  if (transform.RequestBodyEncoding === 'URL_ENCODED') {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw refused('A RequestBody to be URL-encoded must be an object.');
    return formEncoded({ ...body }, transform.RequestEncodingOptions.ArrayFormat);
  }
  return typeof body === 'string' ? body : JSON.stringify(body);
}
