import { describe, expect, test } from '@jest/globals';
import { eventually } from '../manual-clock.ts';
import { createBusHarness, entry } from './bus-harness.ts';

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
describe('PutEvents', () => {
  test('an accepted event reaches the rule that matches it in the shape AWS delivers', async () => {
    const { bus, rule, putEvents, payloads, calls } = createBusHarness();
    await rule('matching', {});
    await rule('other', { EventPattern: { source: ['someone.else'] } });
    bus.resume();

    const { Entries } = await putEvents(entry({ Resources: ['arn:aws:s3:::bucket'], Time: 1_447_277_394 }));

    await eventually(() => calls.length > 0);
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    expect(payloads()).toEqual([
      {
        version: '0',
        id: Entries[0]?.EventId,
        'detail-type': 'Tested',
        source: 'test.source',
        account: '123456789012',
        time: '2015-11-11T21:29:54Z',
        region: 'us-east-1',
        resources: ['arn:aws:s3:::bucket'],
        detail: { a: 1 },
      },
    ]);
    expect(calls[0]?.input).toMatchObject({ InvocationType: 'Event' });
    expect(calls[0]?.caller).toEqual({
      kind: 'service',
      principal: 'events.amazonaws.com',
      sourceArn: 'arn:aws:events:us-east-1:123456789012:rule/matching',
    });
    await bus.close();
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
  test.each([
    ['no source', { Source: undefined }, 'InvalidArgument'],
    ['no detail type', { DetailType: undefined }, 'InvalidArgument'],
    ['no detail', { Detail: undefined }, 'InvalidArgument'],
    ['a detail type of 129 characters', { DetailType: 'x'.repeat(129) }, 'InvalidArgument'],
    ['broken JSON', { Detail: '{"a":' }, 'MalformedDetail'],
    ['a list', { Detail: '[]' }, 'MalformedDetail'],
    ['nesting over 1000 levels', { Detail: `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}` }, 'MalformedDetail'],
    ['an integer over 64 bits', { Detail: '{"a":9223372036854775808}' }, 'MalformedDetail'],
    ['an integer under 64 bits', { Detail: '{"a":-9223372036854775809}' }, 'MalformedDetail'],
    ["AWS's own source", { Source: 'aws.ec2' }, 'NotAuthorizedForSourceException'],
  ])('an entry with %s is refused for itself', async (_name, change, code) => {
    const { putEvents } = createBusHarness();
    const { FailedEntryCount, Entries } = await putEvents(entry(change), entry());
    expect(FailedEntryCount).toBe(1);
    expect(Entries[0]?.ErrorCode).toBe(code);
    expect(Entries[1]?.EventId).toEqual(expect.any(String));
  });

  test('integers of 64 bits and 1000 levels are taken, and the integers delivered unharmed', async () => {
    const { bus, rule, putEvents, calls } = createBusHarness();
    await rule('matching', {});
    bus.resume();
    const Detail = `{"large":9223372036854775807,"text":"]]\\"12345678901234567890","deep":${'['.repeat(999)}${']'.repeat(999)}}`;

    const { FailedEntryCount } = await putEvents(entry({ Detail }));

    expect(FailedEntryCount).toBe(0);
    await eventually(() => calls.length > 0);
    expect(String(calls[0]?.input.Payload)).toContain('9223372036854775807');
    await bus.close();
  });

  test('more than 10 entries, none, or 1 MB in total fail the request', async () => {
    const { putEvents } = createBusHarness();
    const ValidationException = { code: 'ValidationException' };
    await expect(putEvents(...Array.from({ length: 11 }, () => entry()))).rejects.toMatchObject(ValidationException);
    await expect(putEvents()).rejects.toMatchObject(ValidationException);
    // The size counts source, detail type and detail in UTF-8 (…/userguide/eb-putevents.html#eb-putevent-size).
    const sized = (bytes: number) =>
      entry({ Detail: JSON.stringify({ a: 'x'.repeat(bytes - 'test.sourceTested{"a":""}'.length) }) });
    await expect(putEvents(sized(1024 * 1024))).rejects.toMatchObject(ValidationException);
    await expect(putEvents(sized(1024 * 1024 - 1))).resolves.toMatchObject({ FailedEntryCount: 0 });
  });

  test('events are counted in the 64 KB chunks that AWS bills (https://aws.amazon.com/eventbridge/pricing/)', async () => {
    const { putEvents, meter } = createBusHarness();
    await putEvents(entry(), entry({ Detail: JSON.stringify({ a: 'x'.repeat(150_000) }) }));
    expect(meter.read()['events.published']).toBe(4);
  });

  test('an event for a bus that does not exist is accepted, dropped and told of', async () => {
    const { putEvents, lines } = createBusHarness();
    expect((await putEvents(entry({ EventBusName: 'nowhere' }))).FailedEntryCount).toBe(0);
    expect(lines.join()).toContain('nowhere does not exist');
  });

  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
  test('each entry needs events:PutEvents on its bus, with its source and detail type as condition keys', () => {
    const { bus } = createBusHarness();
    const custom = 'arn:aws:events:us-east-1:123456789012:event-bus/custom';
    const Entries = [entry(), entry({ EventBusName: 'custom', Source: 'other' }), entry({ EventBusName: custom })];
    expect(bus.service.permissions('PutEvents', { Entries })).toEqual([
      {
        action: 'events:PutEvents',
        resource: 'arn:aws:events:us-east-1:123456789012:event-bus/default',
        context: { 'events:source': 'test.source', 'events:detail-type': 'Tested' },
      },
      { action: 'events:PutEvents', resource: custom, context: { 'events:source': 'other', 'events:detail-type': 'Tested' } },
      { action: 'events:PutEvents', resource: custom, context: { 'events:source': 'test.source', 'events:detail-type': 'Tested' } },
    ]);
    expect(bus.service.permissions('PutEvents', { Entries: 'nonsense' })).toHaveLength(1);
  });
});

describe('events of AWS services', () => {
  test('reach the rules of the default bus', async () => {
    const { bus, rule, payloads, calls } = createBusHarness();
    await rule('status', { EventPattern: { source: ['aws.states'] } });
    bus.resume();

    bus.emit({
      source: 'aws.states',
      detailType: 'Step Functions Execution Status Change',
      detail: { status: 'SUCCEEDED' },
      resources: ['arn'],
    });

    await eventually(() => calls.length > 0);
    expect(payloads()).toMatchObject([{ 'detail-type': 'Step Functions Execution Status Change', resources: ['arn'] }]);
    await bus.close();
  });

  test("an event emitted within the caller's transaction is undone with it", async () => {
    const { bus, db, rule, payloads, calls } = createBusHarness();
    await rule('status', { EventPattern: { source: ['aws.states'] } });
    bus.resume();

    db.exec('BEGIN');
    bus.emit({ source: 'aws.states', detailType: 'Undone', detail: {} });
    db.exec('ROLLBACK');
    bus.emit({ source: 'aws.states', detailType: 'Kept', detail: {} });

    await eventually(() => calls.length > 0);
    expect(payloads().map((event) => event['detail-type'])).toEqual(['Kept']);
    await bus.close();
  });
});
