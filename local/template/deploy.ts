import type { Log } from '../log.ts';
import { type AssemblyStack, readAssembly, readTemplate, type Template } from './assembly.ts';
import type { CustomResources } from './custom-resource.ts';
import { dependencyOrder } from './dependency-order.ts';
import { createResolver } from './intrinsics.ts';
import type { ProvisionedResource, Provisioner, Provisioners, TemplateResource } from './provisioner.ts';
import { stackIdOf } from './stable-uuid.ts';

interface DeployedResource extends ProvisionedResource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
}

export interface Deployment {
  /** Outputs by stack name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** In the order of their provisioning, nested stacks' included. */
  readonly resources: readonly DeployedResource[];
}

export interface DeployOptions {
  readonly assemblyDir: string;
  readonly provisioners: Provisioners;
  readonly customResources: CustomResources;
  readonly log: Log;
}

const NESTED_STACK = 'AWS::CloudFormation::Stack';

const isCustom = (type: string): boolean => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';

/**
 * Brings a cloud assembly to life: stacks in dependency order, in each its resources in dependency order; custom resources that
 * left the templates are deleted at the end. Throws an `Error` that names stack, logical id and what is wrong; resource types
 * without a provisioner are reported all at once, before anything is provisioned.
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const stacks = readAssembly(options.assemblyDir);
  const unsupported = stacks.flatMap((stack) => unsupportedIn(options, stack.name, stack.template));
  if (unsupported.length > 0) throw new Error(`The local runtime does not support these resources:\n  ${unsupported.join('\n  ')}`);

  const run: Run = { options, exported: new Map(), resources: [] };
  try {
    const outputs: [string, Record<string, string>][] = [];
    for (const stack of stacks) outputs.push([stack.name, await deployStack(run, stack)]);
    await options.customResources.removeMissing();
    return { outputs: Object.fromEntries(outputs), resources: run.resources };
  } finally {
    await options.customResources.close();
  }
}

interface Run {
  readonly options: DeployOptions;
  readonly exported: Map<string, string>;
  readonly resources: DeployedResource[];
}

function unsupportedIn(options: DeployOptions, stackName: string, template: Template): string[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Metadata }]) => {
    if (Type === NESTED_STACK) {
      const nested = nestedTemplate(options.assemblyDir, `${stackName}/${logicalId}`, Metadata);
      return unsupportedIn(options, `${stackName}-${logicalId}`, nested);
    }
    return isCustom(Type) || Object.hasOwn(options.provisioners, Type) ? [] : [`${stackName}/${logicalId} (${Type})`];
  });
}

function nestedTemplate(assemblyDir: string, place: string, metadata: Readonly<Record<string, unknown>>): Template {
  const file = metadata['aws:asset:path'];
  if (typeof file !== 'string')
    throw new Error(`${place} (${NESTED_STACK}): only nested stacks of the CDK (with aws:asset:path) are supported.`);
  return readTemplate(assemblyDir, file);
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
    const resource = { stackName, logicalId, type, properties, metadata, assemblyDir: options.assemblyDir };
    // Only connections ask for secrets; elsewhere the reference would stand for itself.
    if (type !== 'AWS::Events::Connection' && JSON.stringify(properties).includes('{{resolve:')) {
      throw new Error(`${place}: dynamic references are supported in connections only.`);
    }
    if (isCustom(type) && DeletionPolicy?.startsWith('Retain')) {
      throw new Error(`${place}: the DeletionPolicy ${DeletionPolicy} of a custom resource is not supported.`);
    }
    try {
      const result = await provisionerFor(run, type)(resource);
      provisioned.set(logicalId, result);
      run.resources.push({ stackName, logicalId, type, ...result });
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
  const template = nestedTemplate(resource.assemblyDir, `${resource.stackName}/${resource.logicalId}`, resource.metadata);
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
