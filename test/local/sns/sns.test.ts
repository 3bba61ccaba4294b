import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { queryProtocol } from '../../../local/aws/query-protocol.ts';
import type { Caller, Json } from '../../../local/aws/service.ts';
import { createMeter } from '../../../local/meter.ts';
import { createSns } from '../../../local/sns/sns.ts';

const OPERATOR: Caller = { kind: 'operator' };

async function aTopic(db = new DatabaseSync(':memory:')) {
  const lines: string[] = [];
  const sns = createSns({ db, meter: createMeter(), log: { line: (text) => void lines.push(text), detail: () => undefined } });
  const made = await sns.provisioners['AWS::SNS::Topic']?.({
    stackName: 'app',
    logicalId: 'Mail',
    type: 'AWS::SNS::Topic',
    properties: { TopicName: 'mail' },
    metadata: {},
    assemblyDir: '',
  });
  const TopicArn = String(made?.ref);
  const call = (operation: string, input: Json) => sns.service.call(operation, { TopicArn, ...input }, OPERATOR);
  const subscribe = (address: string) =>
    call('Subscribe', {
      Protocol: 'email',
      Endpoint: address,
      Attributes: { FilterPolicy: JSON.stringify({ address: [address] }) },
    });
  const publish = (address: string, with_: Json = {}) =>
    call('Publish', {
      Subject: 'Hello',
      Message: 'One\nTwo',
      MessageAttributes: { address: { datatype: 'String', stringvalue: address } },
      ...with_,
    });
  return { sns, made, db, lines, call, subscribe, publish, TopicArn };
}

describe('the local SNS', () => {
  // https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
  test('prints what is published to those whose filter policy takes it, once, also after a restart', async () => {
    const topic = await aTopic();
    await topic.subscribe('a@example.com');
    await topic.subscribe('a@example.com');
    await topic.subscribe('b@example.com');
    const again = await aTopic(topic.db);

    await again.publish('a@example.com');
    await again.publish('c@example.com');

    expect(again.lines).toEqual(['e-mail to a@example.com: Hello', '  One', '  Two']);
  });

  // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
  test.each([
    ['a topic that there is not', { TopicArn: 'arn:aws:sns:us-east-1:123456789012:none' }, 'NotFound'],
    ['a subject that is too long', { Subject: 'x'.repeat(100) }, 'InvalidParameter'],
    ['a subject with a line break', { Subject: 'a\nb' }, 'InvalidParameter'],
    ['an empty message', { Message: '' }, 'InvalidParameter'],
  ])('refuses %s', async (_what, input, code) => {
    const { publish } = await aTopic();
    await expect(publish('a@example.com', input)).rejects.toMatchObject({ code });
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html#aws-resource-sns-topic-return-values
  test('gives what Ref and GetAtt of a topic give on AWS', async () => {
    const { made } = await aTopic();
    const arn = 'arn:aws:sns:us-east-1:123456789012:mail';
    expect(made).toEqual({ ref: arn, attributes: { TopicArn: arn, TopicName: 'mail' } });
  });

  test('asks for the right to the topic', async () => {
    const { sns, TopicArn } = await aTopic();
    expect(sns.service.permissions('Publish', { TopicArn })).toEqual([{ action: 'sns:Publish', resource: TopicArn }]);
  });
});

describe('the query protocol', () => {
  const read = (form: string) =>
    queryProtocol.read({ method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body: Buffer.from(form) });

  // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Examples
  test('reads the members of a form, and its maps', () => {
    expect(
      read(
        'Action=Publish&Version=2010-03-31&TopicArn=t&Message=a%26b&MessageAttributes.entry.1.Name=address&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=a%40example.com',
      ),
    ).toEqual({
      operation: 'Publish',
      input: {
        TopicArn: 't',
        Message: 'a&b',
        MessageAttributes: { address: { datatype: 'String', stringvalue: 'a@example.com' } },
      },
    });
    expect(read('Action=Subscribe&Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value=%7B%7D').input).toEqual({
      Attributes: { FilterPolicy: '{}' },
    });
    expect(() => read('Version=1')).toThrow('The request has no Action.');
  });
});
