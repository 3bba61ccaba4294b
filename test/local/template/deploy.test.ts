import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../../local/log.ts';
import { openAssembly } from '../../../local/template/assembly.ts';
import type { CustomResources } from '../../../local/template/custom-resource.ts';
import { deploy } from '../../../local/template/deploy.ts';
import type { Provisioners, TemplateResource } from '../../../local/template/provisioner.ts';
import { type StackFixture, writeAssembly } from './cloud-assembly.ts';

const log = createLog({ verbose: false, write: () => undefined });

const noCustomResources: CustomResources = {
  provision: () => ({ ref: 'custom', attributes: {} }),
  removeMissing: async () => undefined,
  close: async () => undefined,
};

/** Deploys with one provisioner for `Test::Thing` that notes what it was given. */
async function deployThings(
  stacks: Record<string, StackFixture>,
  more: { files?: Record<string, object>; provisioners?: Provisioners } = {},
) {
  const seen: TemplateResource[] = [];
  const provisioners: Provisioners = {
    'Test::Thing': (resource) => {
      seen.push(resource);
      return { ref: `ref-${resource.logicalId}`, attributes: { Arn: `arn-${resource.logicalId}`, 'Nested.Name': 'nested' } };
    },
    ...more.provisioners,
  };
  const assembly = openAssembly(writeAssembly(stacks, more.files));
  const deployment = await deploy({ assembly, provisioners, customResources: noCustomResources, log });
  return { deployment, seen, order: seen.map(({ stackName, logicalId }) => `${stackName}/${logicalId}`) };
}

const thing = (Properties: object = {}, more: object = {}) => ({ Type: 'Test::Thing', Properties, ...more });

async function resolved(value: unknown, template: object = {}): Promise<unknown> {
  const { seen } = await deployThings({
    S: { template: { ...template, Resources: { Other: thing(), Subject: thing({ value }) } } },
  });
  return seen.find(({ logicalId }) => logicalId === 'Subject')?.properties.value;
}

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
describe('intrinsic functions', () => {
  const declarations = {
    Parameters: {
      Stage: { Type: 'String', Default: 'dev' },
      Count: { Type: 'Number', Default: 3 },
      Zones: { Type: 'CommaDelimitedList', Default: 'a, b' },
      BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/version' },
    },
    Mappings: { Sizes: { 'us-east-1': { dev: 'small' } } },
    Conditions: {
      IsDev: { 'Fn::Equals': [{ Ref: 'Stage' }, 'dev'] },
      IsProd: { 'Fn::Not': [{ Condition: 'IsDev' }] },
      Both: { 'Fn::And': [{ Condition: 'IsDev' }, { Condition: 'IsProd' }] },
      Either: { 'Fn::Or': [{ Condition: 'IsDev' }, { Condition: 'IsProd' }] },
    },
    Rules: { Check: { Assertions: [{ Assert: { 'Fn::Contains': [['1'], { Ref: 'BootstrapVersion' }] } }] } },
  };

  test.each<[string, unknown, unknown]>([
    ['Ref of a resource', { Ref: 'Other' }, 'ref-Other'],
    ['Ref of a parameter', { Ref: 'Stage' }, 'dev'],
    ['Ref of a number parameter is a string', { Ref: 'Count' }, '3'],
    ['Ref of a list parameter', { Ref: 'Zones' }, ['a', 'b']],
    ['AWS::AccountId', { Ref: 'AWS::AccountId' }, '123456789012'],
    ['AWS::Region', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['AWS::Partition', { Ref: 'AWS::Partition' }, 'aws'],
    ['AWS::URLSuffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    ['AWS::StackName', { Ref: 'AWS::StackName' }, 'S'],
    [
      'AWS::StackId',
      { Ref: 'AWS::StackId' },
      expect.stringMatching(/^arn:aws:cloudformation:us-east-1:123456789012:stack\/S\/[0-9a-f-]{36}$/),
    ],
    ['AWS::NoValue takes a property away', { kept: 1, gone: { Ref: 'AWS::NoValue' } }, { kept: 1 }],
    ['AWS::NoValue takes a list item away', ['kept', { Ref: 'AWS::NoValue' }], ['kept']],
    ['GetAtt with a list', { 'Fn::GetAtt': ['Other', 'Arn'] }, 'arn-Other'],
    ['GetAtt with text and a dotted attribute', { 'Fn::GetAtt': 'Other.Nested.Name' }, 'nested'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders
    ['Sub', { 'Fn::Sub': '${Other}/${Other.Arn}/${AWS::Region}/${!Literal}' }, 'ref-Other/arn-Other/us-east-1/${Literal}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders
    ['Sub with variables', { 'Fn::Sub': ['${A}-${Stage}', { A: { Ref: 'Other' } }] }, 'ref-Other-dev'],
    ['Join', { 'Fn::Join': [':', ['a', { Ref: 'Other' }, 1]] }, 'a:ref-Other:1'],
    ['Select', { 'Fn::Select': ['1', ['a', { Ref: 'Other' }]] }, 'ref-Other'],
    ['Split', { 'Fn::Split': ['-', { Ref: 'Other' }] }, ['ref', 'Other']],
    ['If, true', { 'Fn::If': ['IsDev', 'yes', 'no'] }, 'yes'],
    ['If, false', { 'Fn::If': ['IsProd', 'yes', 'no'] }, 'no'],
    ['And', { 'Fn::If': ['Both', 'yes', 'no'] }, 'no'],
    ['Or', { 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, { Ref: 'Stage' }] }, 'small'],
    ['Base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    ['other values stay as they are', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
  ])('%s', async (_name, value, expected) => {
    const result = await resolved(value, declarations);

    expect(result).toEqual(expected);
  });

  test.each<[string, unknown, string]>([
    ['an unsupported function', { 'Fn::GetAZs': '' }, 'Fn::GetAZs is not supported.'],
    ['an attribute nobody gives', { 'Fn::GetAtt': ['Other', 'Colour'] }, 'the attribute Colour of Other (Test::Thing)'],
    ['an unknown logical id', { Ref: 'Nobody' }, 'It refers to Nobody, which the template does not have.'],
    ['an inherited name', { Ref: 'constructor' }, 'It refers to constructor'],
    ['an unknown pseudo parameter', { Ref: 'AWS::NotificationARNs' }, 'AWS::NotificationARNs is not supported'],
    ['an SSM parameter', { Ref: 'BootstrapVersion' }, 'BootstrapVersion is read from SSM'],
    ['an unknown condition', { 'Fn::If': ['Nope', 1, 2] }, 'no condition Nope'],
    ['an import nobody exports', { 'Fn::ImportValue': 'nothing' }, 'It imports nothing'],
    ['a map entry that is missing', { 'Fn::FindInMap': ['Sizes', 'eu-west-1', 'dev'] }, 'Sizes.eu-west-1.dev'],
    ['an index out of range', { 'Fn::Select': [2, ['a', 'b']] }, 'item 2 of a list of 2'],
    ['a function beside other keys', { 'Fn::Sub': 'x', other: 1 }, 'Fn::Sub stands beside other keys'],
    ['a list inside Join', { 'Fn::Join': ['', [['a']]] }, 'Fn::Join needs a string'],
  ])('%s fails loudly, naming stack and logical id', async (_name, value, message) => {
    const result = resolved(value, declarations);

    await expect(result).rejects.toThrow(message);
    await expect(result).rejects.toThrow(/^S\/Subject/);
  });
});

describe('order', () => {
  test('resources come after those they refer to', async () => {
    const Resources = {
      Last: thing({ a: { 'Fn::Join': ['', [{ Ref: 'Middle' }]] } }),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders
      Middle: thing({ b: { 'Fn::Sub': '${First.Arn}' } }, { DependsOn: 'Plain' }),
      First: thing(),
      Plain: thing({}, { DependsOn: ['First'] }),
    };

    const { order } = await deployThings({ S: { template: { Resources } } });

    expect(order).toEqual(['S/First', 'S/Plain', 'S/Middle', 'S/Last']);
  });

  test('stacks come after those they depend on, and see their exports', async () => {
    const { order, seen, deployment } = await deployThings({
      Later: { template: { Resources: { B: thing({ arn: { 'Fn::ImportValue': 'shared' } }) } }, dependencies: ['Earlier'] },
      Earlier: {
        template: {
          Resources: { A: thing() },
          Outputs: { Shared: { Value: { 'Fn::GetAtt': ['A', 'Arn'] }, Export: { Name: 'shared' } } },
        },
      },
    });

    expect(order).toEqual(['Earlier/A', 'Later/B']);
    expect(seen[1]?.properties.arn).toBe('arn-A');
    expect(deployment.outputs).toEqual({ Earlier: { Shared: 'arn-A' }, Later: {} });
    expect(deployment.resources.map(({ stackName, ref }) => [stackName, ref])).toEqual([
      ['Earlier', 'ref-A'],
      ['Later', 'ref-B'],
    ]);
  });

  test('a branch of Fn::If that is not taken is no dependency', async () => {
    const template = {
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { A: thing({ v: { 'Fn::If': ['Never', { Ref: 'B' }, 'x'] } }), B: thing({ v: { Ref: 'A' } }) },
    };

    const { order } = await deployThings({ S: { template } });

    expect(order).toEqual(['S/A', 'S/B']);
  });

  test('a resource whose condition is false is not created', async () => {
    const template = {
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { A: thing({}, { Condition: 'Never' }), B: thing({}, { DependsOn: 'A' }) },
      Outputs: { Gone: { Value: { Ref: 'A' }, Condition: 'Never' } },
    };

    const { order, deployment } = await deployThings({ S: { template } });

    expect(order).toEqual(['S/B']);
    expect(deployment.outputs).toEqual({ S: {} });
  });
});

describe('nested stacks', () => {
  test('get parameters and give outputs', async () => {
    const nested = {
      Parameters: { Given: { Type: 'String' } },
      Resources: { Inner: thing({ given: { Ref: 'Given' } }) },
      Outputs: { InnerArn: { Value: { 'Fn::GetAtt': ['Inner', 'Arn'] } } },
    };
    const Resources = {
      Nested: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { TemplateURL: 'https://assets', Parameters: { Given: { Ref: 'Outer' } } },
        Metadata: { 'aws:asset:path': 'nested.json' },
      },
      Outer: thing(),
      After: thing({ arn: { 'Fn::GetAtt': ['Nested', 'Outputs.InnerArn'] } }),
    };

    const { order, seen } = await deployThings({ S: { template: { Resources } } }, { files: { 'nested.json': nested } });

    expect(order).toEqual(['S/Outer', 'S-Nested/Inner', 'S/After']);
    expect(seen[1]?.properties.given).toBe('ref-Outer');
    expect(seen[2]?.properties.arn).toBe('arn-Inner');
  });
});

describe('what is refused', () => {
  test('every resource type without a provisioner, in one error, before anything is provisioned', async () => {
    const provisioned: string[] = [];
    const provisioners: Provisioners = {
      'Test::Thing': ({ logicalId }) => {
        provisioned.push(logicalId);
        return { ref: logicalId, attributes: {} };
      },
    };
    const nested = { Resources: { Deep: { Type: 'AWS::EC2::VPC' } } };
    const stacks = {
      A: { template: { Resources: { Fine: thing(), Queue: { Type: 'AWS::MQ::Broker' } } } },
      B: {
        template: {
          Resources: {
            Box: { Type: 'AWS::EC2::Instance' },
            Inner: { Type: 'AWS::CloudFormation::Stack', Metadata: { 'aws:asset:path': 'nested.json' } },
          },
        },
      },
    };

    const error = await deployThings(stacks, { provisioners, files: { 'nested.json': nested } }).catch(String);

    expect(error).toContain('A/Queue (AWS::MQ::Broker)');
    expect(error).toContain('B/Box (AWS::EC2::Instance)');
    expect(error).toContain('B-Inner/Deep (AWS::EC2::VPC)');
    expect(error).not.toContain('Fine');
    expect(provisioned).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ['a circle', { Resources: { A: thing({ v: { Ref: 'B' } }), B: thing({ v: { Ref: 'A' } }) } }, /^S: .*in a circle: A -> B -> A/],
    ['a dependency on nothing', { Resources: { A: thing({}, { DependsOn: 'Z' }) } }, /^S\/A: It depends on Z/],
    ['a transform', { Transform: 'AWS::Serverless-2016-10-31', Resources: {} }, /Transform, which is not supported/],
    [
      'a parameter without a value',
      { Parameters: { P: { Type: 'String' } }, Resources: { A: thing({ v: { Ref: 'P' } }) } },
      /^S\/A .*P has no default/,
    ],
    [
      'a condition that depends on itself',
      { Conditions: { C: { 'Fn::Not': [{ Condition: 'C' }] } }, Resources: { A: thing({}, { Condition: 'C' }) } },
      /^S\/A: The condition C depends on itself/,
    ],
    [
      'an output that cannot be resolved',
      { Resources: {}, Outputs: { O: { Value: { Ref: 'Gone' } } } },
      /^S, output O: It refers to Gone/,
    ],
    ['a nested stack without an asset', { Resources: { N: { Type: 'AWS::CloudFormation::Stack' } } }, /^S\/N .*aws:asset:path/],
    [
      'a custom resource that is to be retained',
      { Resources: { C: { Type: 'Custom::C', DeletionPolicy: 'Retain' } } },
      /^S\/C .*DeletionPolicy Retain/,
    ],
    ['a malformed template', { Resources: { A: {} } }, /S\.template\.json is malformed at Resources\.A\.Type/],
  ])('%s', async (_name, template, message) => {
    await expect(deployThings({ S: { template } })).rejects.toThrow(message);
  });

  test('what a provisioner refuses, with the resource it is about', async () => {
    const provisioners: Provisioners = {
      'Test::Thing': () => {
        throw new Error('This colour is not supported.');
      },
    };

    const result = deployThings({ S: { template: { Resources: { A: thing() } } } }, { provisioners });

    await expect(result).rejects.toThrow('S/A (Test::Thing): This colour is not supported.');
  });

  test('a folder without an assembly', () => {
    expect(() => openAssembly('/nowhere')).toThrow('run cdk synth first');
  });
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
test('a dynamic reference is left to connections, and refused anywhere else', async () => {
  const value = '{{resolve:secretsmanager:name:SecretString:key}}';
  const seen: unknown[] = [];
  const provisioners: Provisioners = {
    'AWS::Events::Connection': ({ properties }) => {
      seen.push(properties.value);
      return { ref: 'connection', attributes: {} };
    },
  };
  const connection = { Type: 'AWS::Events::Connection', Properties: { value } };
  await deployThings({ S: { template: { Resources: { Connection: connection } } } }, { provisioners });

  expect(seen).toEqual([value]);
  await expect(resolved(value)).rejects.toThrow('S/Subject (Test::Thing): dynamic references are supported in connections only.');
});
