import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readHttpCalls, unusedConnections } from '../../../core/workflows/http-tasks.ts';
import { parseSourceText } from '../../../core/workflows/source-text.ts';

const step = (changes: Record<string, unknown> = {}, resource = 'arn:aws:states:::http:invoke') => ({
  Type: 'Task',
  Resource: resource,
  Arguments: {
    Method: 'GET',
    ApiEndpoint: 'https://api.example.com/v1/users',
    Authentication: { ConnectionArn: `\${connections.directory}` },
    ...changes,
  },
  End: true,
});

function read(state: unknown, connections: readonly string[] = ['directory']) {
  const definition = { StartAt: 'Call', States: { Call: state } };
  const source = parseSourceText('definition.asl.json', JSON.stringify(definition, undefined, 2));
  const { calls, mistakes } = readHttpCalls(source, definition, connections);
  return { calls, mistakes: mistakes.map(({ place, message }) => `${place} ${message}`) };
}

const endpointOf = (ApiEndpoint: string) => read(step({ ApiEndpoint })).calls[0]?.endpoint;

describe('what an HTTP step calls', () => {
  test('is its method, its whole URL and its connection', () => {
    expect(read(step())).toEqual({
      calls: [
        { connection: 'directory', method: 'GET', endpoint: { url: 'https://api.example.com/v1/users', matches: 'exactly' } },
      ],
      mistakes: [],
    });
  });

  test.each([
    [`https://api.example.com/users/\${workflow.input.eventData.id}`, 'https://api.example.com/users/'],
    ['{% "https://api.example.com/users/" & $id %}', 'https://api.example.com/users/'],
    ['{% ("https://api.example.com/" & $a) & "/" & $b %}', 'https://api.example.com/'],
  ])('is what is literal of %s', (endpoint, url) => {
    expect(endpointOf(endpoint)).toEqual({ url, matches: 'asPrefix' });
  });

  test('is the whole of a JSONata text', () => {
    expect(endpointOf('{% "https://api.example.com/users" %}')).toEqual({
      url: 'https://api.example.com/users',
      matches: 'exactly',
    });
  });

  test('is what JSONPath formats', () => {
    const { calls } = read({
      Type: 'Task',
      Resource: 'arn:aws:states:::http:invoke',
      Parameters: {
        Method: 'GET',
        'ApiEndpoint.$': "States.Format('https://api.example.com/users/{}', $.id)",
        InvocationConfig: { ConnectionArn: `\${connections.directory}` },
      },
    });
    expect(calls[0]?.endpoint).toEqual({ url: 'https://api.example.com/users/', matches: 'asPrefix' });
  });

  test('is found in branches and item processors', () => {
    const machine = { StartAt: 'Inner', States: { Inner: step() } };
    expect(read({ Type: 'Parallel', Branches: [machine, machine] }).calls).toHaveLength(2);
    expect(read({ Type: 'Map', ItemProcessor: machine }).calls).toHaveLength(1);
  });
});

describe('a mistake', () => {
  test.each([
    // A host that only begins like the literal one must not be reachable.
    [`https://api.example.com\${workflow.input.body.path}`],
    [`https://\${workflow.input.body.host}/users`],
    ['{% $url %}'],
    ['{% ("https://api.example.com/"; $url) %}'],
    ['http://api.example.com/users'],
    ['https://user:password@api.example.com/users'],
    ['ftp://api.example.com/users'],
  ])('is the endpoint %s', (endpoint) => {
    expect(read(step({ ApiEndpoint: endpoint }))).toEqual({
      calls: [],
      mistakes: [
        expect.stringMatching(/^definition.asl.json:9:\d+ The state "Call" must have an ApiEndpoint that begins with a literal/),
      ],
    });
  });

  test('is a connection that does not exist, where it stands', () => {
    expect(read(step(), ['crm', 'legacy']).mistakes).toEqual([
      'definition.asl.json:11:28 The state "Call" names the connection directory, which workflow.yaml does not have under connections; it has crm, legacy.',
    ]);
  });

  test('is every missing field, all at once', () => {
    const { mistakes } = read({ Type: 'Task', Resource: 'arn:aws:states:::http:invoke', End: true });
    expect(mistakes.map((mistake) => /needs an? (\w+)|needs (\S+):/.exec(mistake)?.slice(1).join(''))).toEqual([
      'Method',
      'ApiEndpoint',
      'Authentication.ConnectionArn',
    ]);
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html: "You can't use the following headers"
  test.each(['Authorization', 'x-amz-date', 'Host'])('is the header %s', (header) => {
    expect(read(step({ Headers: { [header]: 'x' } })).mistakes).toEqual([
      expect.stringContaining(`sets the header ${header}, which Step Functions refuses`),
    ]);
  });

  // The same page: only request-response.
  test('is waiting for a task token', () => {
    expect(read(step({}, 'arn:aws:states:::http:invoke.waitForTaskToken')).mistakes[0]).toMatch(
      /:6:\d+ The state "Call" must have/,
    );
  });

  test('is a connection that nobody uses', () => {
    const source = parseSourceText('workflow.yaml', 'name: W\nconnections:\n  directory: {}\n  spare: {}\n');
    const { calls } = read(step());

    expect(unusedConnections(source, ['directory', 'spare'], calls)).toEqual([
      { place: 'workflow.yaml:4:3', message: expect.stringContaining('No HTTP step uses the connection spare') },
    ]);
  });
});

test('no definition is too odd to be read', () => {
  const states = fc.dictionary(
    fc.string(),
    fc.oneof(
      fc.jsonValue(),
      fc.record({ Type: fc.constant('Task'), Resource: fc.constant('arn:aws:states:::http:invoke'), Arguments: fc.jsonValue() }),
    ),
  );
  fc.assert(
    fc.property(fc.record({ StartAt: fc.string(), States: states }), (definition) => {
      const source = parseSourceText('definition.asl.json', JSON.stringify(definition));
      for (const { message } of readHttpCalls(source, definition, []).mistakes) expect(message).toMatch(/\.$/);
    }),
  );
});
