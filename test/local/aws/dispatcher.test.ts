import { describe, expect, test } from '@jest/globals';
import { createAws } from '../../../local/aws/dispatcher.ts';
import { AwsError, type AwsService, type Caller, type Json } from '../../../local/aws/service.ts';
import { createLog } from '../../../local/log.ts';
import { createMeter } from '../../../local/meter.ts';

const role: Caller = { kind: 'role', arn: 'arn:aws:iam::123456789012:role/ingest-role' };
const tableArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/state';

function stubService(answer: (input: Json) => Json): AwsService {
  return {
    name: 'dynamodb',
    permissions: (operation) => [{ action: `dynamodb:${operation}`, resource: tableArn }],
    call: async (_operation, input) => answer(input),
  };
}

function prepare(options: { answer?: (input: Json) => Json; allowed?: boolean } = {}) {
  const lines: string[] = [];
  const meter = createMeter();
  const aws = createAws({
    authorize: (_caller, { action }) => {
      if (!(options.allowed ?? true)) throw new AwsError('AccessDeniedException', `not authorized to perform: ${action}`);
    },
    meter,
    log: createLog({ verbose: true, write: (text) => void lines.push(text) }),
    services: [stubService(options.answer ?? (() => ({ Item: {} })))],
  });
  return { aws, meter, lines };
}

describe('the local AWS', () => {
  test('answers a call that is allowed, counts it and shows it without its input', async () => {
    const { aws, meter, lines } = prepare();

    const answer = await aws.call('dynamodb', 'GetItem', { Key: { pk: { S: 'secret' } } }, role);

    expect(answer).toEqual({ Item: {} });
    expect(meter.read()).toEqual({ 'dynamodb.calls': 1 });
    expect(lines.join('')).toMatch(/ ingest-role dynamodb:GetItem state \d+ ms\n$/);
    expect(lines.join('')).not.toContain('secret');
  });

  test('refuses what the caller may not do, before the service sees it', async () => {
    let reached = false;
    const { aws, lines } = prepare({
      allowed: false,
      answer: () => {
        reached = true;
        return {};
      },
    });

    await expect(aws.call('dynamodb', 'PutItem', {}, role)).rejects.toMatchObject({ code: 'AccessDeniedException' });

    expect(reached).toBe(false);
    expect(lines.join('')).toMatch(/ingest-role dynamodb:PutItem state AccessDeniedException\n$/);
  });

  test('lets the operator do everything', async () => {
    const { aws } = prepare({ allowed: false });

    await expect(aws.call('dynamodb', 'PutItem', {}, { kind: 'operator' })).resolves.toEqual({ Item: {} });
  });

  test('says which service or operation is not supported', async () => {
    const { aws, lines } = prepare({
      answer: () => {
        throw new AwsError('UnknownOperationException', 'no scans');
      },
    });

    await expect(aws.call('sns', 'Publish', {}, role)).rejects.toMatchObject({ code: 'UnknownOperationException' });
    await expect(aws.call('dynamodb', 'Scan', {}, role)).rejects.toMatchObject({ code: 'UnknownOperationException' });

    expect(lines.join('')).toContain('sns:Publish is not supported locally.');
    expect(lines.join('')).toContain('dynamodb:Scan is not supported locally.');
  });

  test('turns a defect of a service into a 500 and keeps its message, which may hold a payload, out of the log', async () => {
    const { aws, lines } = prepare({
      answer: () => {
        throw new TypeError('secret payload');
      },
    });

    await expect(aws.call('dynamodb', 'GetItem', {}, role)).rejects.toMatchObject({ code: 'InternalFailure', status: 500 });

    expect(lines.join('')).toContain('TypeError');
    expect(lines.join('')).not.toContain('secret payload');
  });

  test('refuses two services of one name', () => {
    const { aws } = prepare();

    expect(() => aws.register(stubService(() => ({})))).toThrow('dynamodb');
  });
});
