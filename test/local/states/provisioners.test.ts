import { describe, expect, test } from '@jest/globals';
import { createRig, machineArn } from './rig.ts';

const output = (Output: string) => ({ A: { Type: 'Pass', Output, End: true } });
const versions = async (rig: ReturnType<typeof createRig>) =>
  (await rig.call('ListStateMachineVersions', { stateMachineArn: machineArn() })).stateMachineVersions;

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
describe('AWS::StepFunctions::StateMachine', () => {
  test('gives its ARN, name and revision', async () => {
    expect(await createRig().machine(output('a'))).toEqual({
      ref: machineArn(),
      attributes: { Arn: machineArn(), Name: 'machine', StateMachineRevisionId: expect.any(String) },
    });
  });

  test('puts DefinitionSubstitutions in their places, in a string or an object', async () => {
    const definition = { QueryLanguage: 'JSONata', StartAt: 'A', States: output(`\${what}`) };
    for (const form of [
      { DefinitionString: JSON.stringify(definition) },
      { DefinitionString: undefined, Definition: definition },
    ]) {
      const rig = createRig();
      await rig.machine({}, { ...form, DefinitionSubstitutions: { what: '$& it' } });
      await rig.start('one');
      await rig.clock.idle();
      expect(await rig.describe('one')).toMatchObject({ output: '"$& it"' });
    }
  });

  test('is refused with its name when its definition or a property is not supported', async () => {
    const rig = createRig();
    await expect(rig.machine({ A: { Type: 'Pass', Next: 'B' } })).rejects.toThrow(
      'State machine machine: state "A": Next names "B", which does not exist.',
    );
    await expect(rig.machine(output('a'), { DefinitionS3Location: {} })).rejects.toThrow(
      'State machine machine: the property DefinitionS3Location is not supported locally.',
    );
  });
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachineversion.html
describe('AWS::StepFunctions::StateMachineVersion', () => {
  test('the same content keeps its number at the next start; new content gets a new one', async () => {
    const first = createRig();
    await first.machine(output('a'));
    expect(await first.version('V1')).toEqual({ ref: `${machineArn()}:1`, attributes: { Arn: `${machineArn()}:1` } });

    const second = first.again();
    await second.machine(output('a'));
    expect(await second.version('V1')).toMatchObject({ ref: `${machineArn()}:1` });
    await second.machine(output('b'));
    expect(await second.version('V1')).toMatchObject({ ref: `${machineArn()}:2` });
    await second.machine(output('b'), { RoleArn: 'arn:aws:iam::123456789012:role/other' });
    expect(await second.version('V1')).toMatchObject({ ref: `${machineArn()}:3` });
    expect(await second.version('V2')).toMatchObject({ ref: `${machineArn()}:4` });
    expect(await versions(second)).toHaveLength(4);
  });

  test('of another revision than the state machine’s is refused', async () => {
    const rig = createRig();
    await rig.machine(output('a'));
    await expect(rig.version('V1', { StateMachineRevisionId: 'other' })).rejects.toThrow(
      'State machine version V1: other is not the revision of machine.',
    );
  });
});
