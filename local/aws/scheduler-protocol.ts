import type { Protocol } from './protocol.ts';
import { AwsError, type Json } from './service.ts';

/**
 * The REST-JSON form of the operations on one schedule, whose name is in the path and whose group is in the query or the body:
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html. Times are numbers of seconds.
 */
export const schedulerProtocol: Protocol = {
  read({ method, path, query, body }) {
    const name = /^\/schedules\/([^/]+)$/.exec(path)?.[1];
    const operation = { GET: 'GetSchedule', POST: 'CreateSchedule', PUT: 'UpdateSchedule', DELETE: 'DeleteSchedule' }[method];
    if (name === undefined || operation === undefined) {
      throw new AwsError(
        'UnknownOperationException',
        'Only GetSchedule, CreateSchedule, UpdateSchedule and DeleteSchedule of the scheduler are supported locally.',
        404,
      );
    }
    const group = query.get('groupName');
    const input = { Name: decodeURIComponent(name), ...(group !== null && { GroupName: group }) };
    return { operation, input: { ...(body.length > 0 && parseObject(body)), ...input } };
  },
  answer: (_operation, output) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(output),
  }),
  fail: (error) => ({
    status: error.status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
    body: JSON.stringify({ Message: error.message }),
  }),
};

function parseObject(body: Buffer): Json {
  try {
    const input: unknown = JSON.parse(body.toString('utf8'));
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Json;
  } catch {
    // Told below: the parser's own message would quote the payload.
  }
  throw new AwsError('SerializationException', 'The request body is not a JSON object.');
}
