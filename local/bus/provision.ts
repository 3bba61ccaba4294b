import * as v from 'valibot';
import { compilePattern } from '../../core/events/pattern/pattern.ts';
import { type Provisioner, type Provisioners, physicalName, type TemplateResource } from '../template/provisioner.ts';
import type { Archive } from './archive.ts';
import { archiveArn, busArn, busName, DEFAULT_BUS } from './arn.ts';
import { compileRule, type Rule, RuleSchema } from './rule.ts';

/** What provisioning changes. */
interface BusRegistry {
  addBus(name: string): void;
  hasBus(name: string): boolean;
  /** `template` is the rule's own, as JSON. */
  setRule(rule: Rule, template: string): void;
  setArchive(archive: Archive): void;
}

/** Of no effect on one machine: descriptions, tags and keys. */
const Ignored = {
  Description: v.optional(v.unknown()),
  Tags: v.optional(v.unknown()),
  KmsKeyIdentifier: v.optional(v.unknown()),
};

const BusProperties = v.strictObject({ ...Ignored, Name: v.pipe(v.string(), v.regex(/^[/.\-_A-Za-z0-9]{1,256}$/)) });

const RuleProperties = v.strictObject({
  ...Ignored,
  ...RuleSchema.entries,
  EventBusName: v.optional(v.string()),
  /** The role of the targets that name none. */
  RoleArn: v.optional(v.string()),
});

const ArchiveProperties = v.strictObject({
  ...Ignored,
  ArchiveName: v.optional(v.pipe(v.string(), v.regex(/^[.\-_A-Za-z0-9]{1,48}$/))),
  EventPattern: v.optional(v.unknown()),
  RetentionDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  SourceArn: v.string(),
});

/** Provisioners of buses, rules and archives; `Ref` and `Fn::GetAtt` as in the CloudFormation reference of each type. */
export function busProvisioners(registry: BusRegistry): Provisioners {
  return {
    'AWS::Events::EventBus': named((resource) => {
      const { Name } = read(BusProperties, resource);
      registry.addBus(Name);
      return { ref: Name, attributes: { Arn: busArn(Name), Name } };
    }),
    'AWS::Events::Rule': named((resource) => {
      const { EventBusName, RoleArn, ...definition } = read(RuleProperties, {
        ...resource,
        properties: { Name: physicalName(resource, 64), ...resource.properties },
      });
      const bus = existingBus(registry, EventBusName);
      const targets = definition.Targets.map((target) => (RoleArn === undefined ? target : { RoleArn, ...target }));
      const rule = compileRule(bus, { ...definition, Targets: targets });
      registry.setRule(rule, JSON.stringify(resource.properties));
      return { ref: bus === DEFAULT_BUS ? rule.name : `${bus}|${rule.name}`, attributes: { Arn: rule.arn } };
    }),
    'AWS::Events::Archive': named((resource) => {
      const { ArchiveName, EventPattern, RetentionDays, SourceArn } = read(ArchiveProperties, resource);
      const name = ArchiveName ?? physicalName(resource, 48);
      registry.setArchive({
        name,
        bus: existingBus(registry, SourceArn),
        matches: EventPattern === undefined ? () => true : compilePattern(EventPattern),
        retentionDays: RetentionDays,
      });
      return { ref: name, attributes: { Arn: archiveArn(name), ArchiveName: name } };
    }),
  };
}

/** Puts the resource's name before whatever is wrong with it. */
function named(provision: (resource: TemplateResource) => Awaited<ReturnType<Provisioner>>): Provisioner {
  return (resource) => {
    try {
      return provision(resource);
    } catch (cause) {
      const name = typeof resource.properties.Name === 'string' ? ` ${resource.properties.Name}` : '';
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${resource.stackName}/${resource.logicalId}${name} (${resource.type}): ${problem}`, { cause });
    }
  };
}

function read<Schema extends v.GenericSchema>(schema: Schema, resource: TemplateResource): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, resource.properties);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue) ?? 'the properties';
  throw new Error(issue.expected === 'never' ? `${path} is not supported locally.` : `${path} is not valid: ${issue.message}.`);
}

function existingBus(registry: BusRegistry, nameOrArn: string | undefined): string {
  const name = busName(nameOrArn);
  if (!registry.hasBus(name)) throw new Error(`The event bus ${name} does not exist.`);
  return name;
}
