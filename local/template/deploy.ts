import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../log.ts';
import type { Assembly, AssemblyStack, Template } from './assembly.ts';
import type { CustomResources } from './custom-resource.ts';
import { dependencyOrder } from './dependency-order.ts';
import { createResolver } from './intrinsics.ts';
import type { ProvisionedResource, Provisioner, Provisioners, Removers, TemplateResource } from './provisioner.ts';
import { stackIdOf } from './stable-uuid.ts';

type DeployedResource = TemplateResource & ProvisionedResource;

/** What is there, by stack and logical id: each deployment finds it and leaves it as it has made it, also one that fails. */
export type LiveResources = Map<string, DeployedResource>;

export interface Deployment {
  /** Outputs by stack name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** In the order of their provisioning, nested stacks' included. */
  readonly resources: readonly DeployedResource[];
}

export interface DeployOptions {
  readonly assembly: Assembly;
  readonly provisioners: Provisioners;
  /** Of the resource types that must be told when a resource leaves the templates; the others stay until the next start, unused. */
  readonly removers?: Removers;
  /** What an earlier deployment of this process left; its unchanged resources are not provisioned again. */
  readonly live?: LiveResources;
  /** Resource types that are provisioned anew each time, because they replace each other as a whole. */
  readonly isRenewed?: (type: string) => boolean;
  readonly customResources: CustomResources;
  readonly log: Log;
}

const NESTED_STACK = 'AWS::CloudFormation::Stack';

const isCustom = (type: string): boolean => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';

/**
 * Brings a cloud assembly to life: stacks in dependency order, in each its resources in dependency order; what left the templates or
 * was replaced is removed at the end, custom resources first, as CloudFormation does. Throws an `Error` that names stack, logical id and what is wrong; resource types
 * without a provisioner are reported all at once, before anything is provisioned.
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { stacks } = options.assembly;
  const unsupported = stacks.flatMap((stack) => unsupportedIn(options, stack.name, stack.template));
  if (unsupported.length > 0) throw new Error(`The local runtime does not support these resources:\n  ${unsupported.join('\n  ')}`);

  const run: Run = { options, exported: new Map(), resources: [], replaced: [], live: options.live ?? new Map() };
  try {
    const outputs: [string, Record<string, string>][] = [];
    for (const stack of stacks) outputs.push([stack.name, await deployStack(run, stack)]);
    await options.customResources.removeMissing();
    removeWhatIsLeft(run);
    return { outputs: Object.fromEntries(outputs), resources: run.resources };
  } finally {
    await options.customResources.close();
  }
}

interface Run {
  readonly options: DeployOptions;
  readonly exported: Map<string, string>;
  readonly resources: DeployedResource[];
  /** What a resource was before it became another one. */
  readonly replaced: DeployedResource[];
  readonly live: LiveResources;
}

function removeWhatIsLeft({ options: { removers = {} }, resources, replaced, live }: Run): void {
  const current = new Set(resources.map(placeOf));
  const left = [...live].filter(([place]) => !current.has(place));
  for (const [place, resource] of left.reverse()) {
    removers[resource.type]?.(resource);
    live.delete(place);
  }
  for (const resource of replaced) removers[resource.type]?.(resource);
}

const placeOf = ({ stackName, logicalId }: TemplateResource): string => `${stackName}/${logicalId}`;

function unsupportedIn(options: DeployOptions, stackName: string, template: Template): string[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Metadata }]) => {
    if (Type === NESTED_STACK) {
      const nested = nestedTemplate(options.assembly, `${stackName}/${logicalId}`, Metadata);
      return unsupportedIn(options, `${stackName}-${logicalId}`, nested);
    }
    return isCustom(Type) || Object.hasOwn(options.provisioners, Type) ? [] : [`${stackName}/${logicalId} (${Type})`];
  });
}

function nestedTemplate(assembly: Assembly, place: string, metadata: Readonly<Record<string, unknown>>): Template {
  const file = metadata['aws:asset:path'];
  if (typeof file !== 'string')
    throw new Error(`${place} (${NESTED_STACK}): only nested stacks of the CDK (with aws:asset:path) are supported.`);
  return assembly.nestedTemplate(file);
}

async function deployStack(run: Run, { name: stackName, template, parameters }: AssemblyStack): Promise<Record<string, string>> {
  const { options } = run;
  const provisioned = new Map<string, ProvisionedResource>();
  const resolver = createResolver({ stackName, template, parameters, provisioned, exported: run.exported });
  const created = new Map(
    Object.entries(template.Resources).filter(([logicalId, { Condition }]) =>
      named(`${stackName}/${logicalId}`, () => Condition === undefined || resolver.condition(Condition)),
    ),
  );

  const dependencies = new Map(
    [...created].map(([logicalId, { DependsOn, Properties }]) => [
      logicalId,
      named(`${stackName}/${logicalId}`, () => {
        const explicit = [DependsOn].flat();
        const unknown = explicit.find((other) => !Object.hasOwn(template.Resources, other));
        if (unknown !== undefined) throw new Error(`It depends on ${unknown}, which the template does not have.`);
        return [...explicit, ...resolver.references(Properties)].filter((other) => created.has(other));
      }),
    ]),
  );
  const order = named(stackName, () => dependencyOrder(created.keys(), (logicalId) => dependencies.get(logicalId) ?? []));

  for (const logicalId of order) {
    const declared = created.get(logicalId);
    if (!declared) continue;
    const { Type: type, Metadata: metadata, DeletionPolicy } = declared;
    const place = `${stackName}/${logicalId} (${type})`;
    const properties = named(place, () => resolver.resolve(declared.Properties)) as Record<string, unknown>;
    const resource = { stackName, logicalId, type, properties, metadata, assemblyDir: options.assembly.dir };
    // Only connections ask for secrets; elsewhere the reference would stand for itself.
    if (type !== 'AWS::Events::Connection' && JSON.stringify(properties).includes('{{resolve:')) {
      throw new Error(`${place}: dynamic references are supported in connections only.`);
    }
    if (isCustom(type) && DeletionPolicy?.startsWith('Retain')) {
      throw new Error(`${place}: the DeletionPolicy ${DeletionPolicy} of a custom resource is not supported.`);
    }
    try {
      const deployed = await deployResource(run, resource);
      provisioned.set(logicalId, deployed);
      run.resources.push(deployed);
    } catch (cause) {
      throw new Error(`${place}: ${messageOf(cause)}`, { cause });
    }
  }
  options.log.detail(`stack ${stackName}: ${provisioned.size} resources`);

  const outputs = Object.entries(template.Outputs).flatMap(([output, { Value, Condition, Export }]) =>
    named(`${stackName}, output ${output}`, () => {
      if (Condition !== undefined && !resolver.condition(Condition)) return [];
      const value = String(resolver.resolve(Value));
      if (Export) exportValue(run, String(resolver.resolve(Export.Name)), value);
      return [[output, value] as const];
    }),
  );
  return Object.fromEntries(outputs);
}

/** A resource that is there already and did not change is left alone. */
async function deployResource(run: Run, resource: TemplateResource): Promise<DeployedResource> {
  const place = placeOf(resource);
  const { type } = resource;
  const before = run.live.get(place);
  // Custom resources know by themselves what changed, and nested stacks hold resources that may have changed.
  const mayBeLeft = !isCustom(type) && type !== NESTED_STACK && run.options.isRenewed?.(type) !== true;
  if (before && mayBeLeft && isSame(before, resource)) return before;
  // How far a provisioner came before it failed is not known: the next deployment calls it again.
  run.live.delete(place);
  const deployed = { ...resource, ...(await provisionerFor(run, type)(resource)) };
  run.live.set(place, deployed);
  if (before && (before.type !== type || before.ref !== deployed.ref)) run.replaced.push(before);
  return deployed;
}

const isSame = (before: DeployedResource, { type, properties, metadata, assemblyDir }: TemplateResource): boolean =>
  before.type === type &&
  before.assemblyDir === assemblyDir &&
  isDeepStrictEqual(before.properties, properties) &&
  isDeepStrictEqual(before.metadata, metadata);

function exportValue(run: Run, name: string, value: string): void {
  if (run.exported.has(name)) throw new Error(`The export ${name} exists already.`);
  run.exported.set(name, value);
}

function provisionerFor(run: Run, type: string): Provisioner {
  if (type === NESTED_STACK) return (resource) => deployNestedStack(run, resource);
  if (isCustom(type)) return run.options.customResources.provision;
  const provisioner = run.options.provisioners[type];
  if (!provisioner) throw new Error('This resource type is not supported.');
  return provisioner;
}

async function deployNestedStack(run: Run, resource: TemplateResource): Promise<ProvisionedResource> {
  const name = `${resource.stackName}-${resource.logicalId}`;
  const template = nestedTemplate(run.options.assembly, placeOf(resource), resource.metadata);
  const given = Object.entries((resource.properties.Parameters ?? {}) as Record<string, unknown>);
  // A list given to a nested stack arrives as one string with commas, like any list parameter.
  const parameters = Object.fromEntries(given.map(([key, value]) => [key, [value].flat().join(',')]));
  const outputs = await deployStack(run, { name, template, parameters });
  const attributes = Object.entries(outputs).map(([key, value]) => [`Outputs.${key}`, value]);
  return { ref: stackIdOf(name), attributes: Object.fromEntries(attributes) };
}

function named<Result>(place: string, action: () => Result): Result {
  try {
    return action();
  } catch (cause) {
    throw new Error(`${place}: ${messageOf(cause)}`, { cause });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
