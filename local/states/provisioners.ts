import type { Json } from '../aws/service.ts';
import { type ProvisionedResource, type Provisioners, physicalName, type TemplateResource } from '../template/provisioner.ts';
import type { MachineType } from './arns.ts';
import type { Machine, MachineStore } from './machine-store.ts';

const LONGEST_NAME = 80;

const MACHINE_PROPERTIES = [
  'Definition',
  'DefinitionString',
  'DefinitionSubstitutions',
  'EncryptionConfiguration',
  'LoggingConfiguration',
  'RoleArn',
  'StateMachineName',
  'StateMachineType',
  'Tags',
  'TracingConfiguration',
];
const VERSION_PROPERTIES = ['Description', 'StateMachineArn', 'StateMachineRevisionId'];

/** State machines and their versions, from their templates. */
export function statesProvisioners(machines: MachineStore): Provisioners {
  return {
    'AWS::StepFunctions::StateMachine': (resource) => provisionMachine(resource, machines),
    'AWS::StepFunctions::StateMachineVersion': (resource) => provisionVersion(resource, machines),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html */
function provisionMachine(resource: TemplateResource, machines: MachineStore): ProvisionedResource {
  const { properties } = resource;
  const name = String(properties.StateMachineName ?? physicalName(resource, LONGEST_NAME));
  refuseUnknown(`State machine ${name}`, properties, MACHINE_PROPERTIES);
  const { arn, revision } = machines.put({
    name,
    type: machineType(name, properties.StateMachineType),
    roleArn: String(properties.RoleArn),
    definitionText: definitionText(name, properties),
  });
  return { ref: arn, attributes: { Arn: arn, Name: name, StateMachineRevisionId: revision } };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachineversion.html */
function provisionVersion({ logicalId, stackName, properties }: TemplateResource, machines: MachineStore): ProvisionedResource {
  refuseUnknown(`State machine version ${logicalId}`, properties, VERSION_PROPERTIES);
  const { StateMachineArn, StateMachineRevisionId } = properties;
  const machine: Machine | undefined = machines.find(StateMachineArn);
  if (!machine) throw new Error(`State machine version ${logicalId}: the state machine ${StateMachineArn} does not exist.`);
  if (StateMachineRevisionId !== undefined && StateMachineRevisionId !== machine.revision) {
    throw new Error(`State machine version ${logicalId}: ${StateMachineRevisionId} is not the revision of ${machine.name}.`);
  }
  const arn = machines.publish(machine, `${stackName}/${logicalId}`);
  return { ref: arn, attributes: { Arn: arn } };
}

function machineType(name: string, type: unknown): MachineType {
  if (type === undefined || type === 'STANDARD') return 'STANDARD';
  if (type === 'EXPRESS') return 'EXPRESS';
  throw new Error(`State machine ${name}: the type ${type} does not exist.`);
}

function definitionText(name: string, { Definition, DefinitionString, DefinitionSubstitutions }: Json): string {
  if ((Definition === undefined) === (DefinitionString === undefined)) {
    throw new Error(`State machine ${name}: it must have either DefinitionString or Definition.`);
  }
  const text = typeof DefinitionString === 'string' ? DefinitionString : JSON.stringify(Definition ?? DefinitionString);
  return Object.entries(DefinitionSubstitutions ?? {}).reduce(
    (all, [key, value]) => all.replaceAll(`\${${key}}`, () => String(value)),
    text,
  );
}

function refuseUnknown(subject: string, properties: Json, known: readonly string[]): void {
  const unknown = Object.keys(properties).find((property) => !known.includes(property));
  if (unknown !== undefined) throw new Error(`${subject}: the property ${unknown} is not supported locally.`);
}
