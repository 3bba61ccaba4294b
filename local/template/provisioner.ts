import type { Json } from '../aws/service.ts';

/** A resource of a synthesized template with its properties' intrinsic functions resolved. */
export interface TemplateResource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Json;
  /** Metadata of the template, such as `aws:asset:path`. */
  readonly metadata: Json;
  /** The folder of the cloud assembly, in which asset paths are. */
  readonly assemblyDir: string;
}

/** What `Ref` and `Fn::GetAtt` of a provisioned resource give. */
export interface ProvisionedResource {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Brings one kind of resource to life in the local runtime. Called in dependency order at every start, and again whenever the resource
 * changed while the runtime runs, so it must be idempotent: what it keeps (items, executions, messages) is found again by the resource's physical name.
 * Throws an `Error` with a sentence when the resource asks for something that is not supported.
 */
export type Provisioner = (resource: TemplateResource) => ProvisionedResource | Promise<ProvisionedResource>;

/** Takes a resource away that is in no template any more; by CloudFormation resource type. */
export type Removers = Readonly<Record<string, (resource: TemplateResource & ProvisionedResource) => void>>;

/** Provisioners by CloudFormation resource type; every type in the templates must have one. */
export type Provisioners = Readonly<Record<string, Provisioner>>;

export const LOCAL_ACCOUNT = '123456789012';
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_PARTITION = 'aws';

/** The physical name of a resource that the template leaves unnamed: stable over restarts, at most `maximum` characters. */
export function physicalName(resource: TemplateResource, maximum: number): string {
  return `${resource.stackName}-${resource.logicalId}`.slice(-maximum);
}

export function localArn(service: string, resource: string, options: { regional?: boolean } = {}): string {
  const place = (options.regional ?? true) ? `${LOCAL_REGION}:${LOCAL_ACCOUNT}` : `:${LOCAL_ACCOUNT}`;
  return `arn:${LOCAL_PARTITION}:${service}:${place}:${resource}`;
}
