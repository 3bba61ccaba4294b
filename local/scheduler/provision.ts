import * as v from 'valibot';
import { localArn, type Provisioners, physicalName } from '../template/provisioner.ts';
import { supportedProperties } from '../template/resource-properties.ts';
import { type Definition, definitionSchema, nextFireOf } from './definition.ts';

const LONGEST_NAME = 64;
export const DEFAULT_GROUP = 'default';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html */
export const scheduleArn = (group: string, name: string) => localArn('scheduler', `schedule/${group}/${name}`);
export const groupArn = (name: string) => localArn('scheduler', `schedule-group/${name}`);

const name = v.optional(v.pipe(v.string(), v.regex(/^[0-9a-zA-Z\-_.]{1,64}$/)));
const groupProperties = v.strictObject({ Name: name, Tags: v.optional(v.unknown()) });
const scheduleProperties = v.strictObject({ ...definitionSchema.entries, Name: name, GroupName: name });

/** Provisioners of schedules and their groups; `Ref` and `Fn::GetAtt` as in the CloudFormation reference of each type. */
export function schedulerProvisioners(registry: {
  /** The names of the groups that there are. */
  groups: Set<string>;
  declare(arn: string, definition: Definition): void;
  assertTrusts: (roleArn: string, servicePrincipal: string, sourceArn: string) => void;
}): Provisioners {
  const { groups } = registry;
  return {
    'AWS::Scheduler::ScheduleGroup': (resource) => {
      const { Name = physicalName(resource, LONGEST_NAME) } = supportedProperties(groupProperties, resource);
      groups.add(Name);
      return { ref: Name, attributes: { Arn: groupArn(Name) } };
    },
    'AWS::Scheduler::Schedule': (resource) => {
      const {
        Name = physicalName(resource, LONGEST_NAME),
        GroupName = DEFAULT_GROUP,
        ...definition
      } = supportedProperties(scheduleProperties, resource);
      if (!groups.has(GroupName)) throw new Error(`The schedule group ${GroupName} does not exist.`);
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      registry.assertTrusts(definition.Target.RoleArn, 'scheduler.amazonaws.com', groupArn(GroupName));
      nextFireOf(definition, 0, 0);
      const arn = scheduleArn(GroupName, Name);
      registry.declare(arn, definition);
      return { ref: Name, attributes: { Arn: arn } };
    },
  };
}
