import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { dependencyOrder } from './dependency-order.ts';

const jsonObject = v.record(v.string(), v.unknown());

const templateSchema = v.object({
  Transform: v.optional(v.unknown()),
  Parameters: v.optional(v.record(v.string(), v.object({ Type: v.string(), Default: v.optional(v.unknown()) })), {}),
  Mappings: v.optional(v.record(v.string(), v.record(v.string(), jsonObject)), {}),
  Conditions: v.optional(jsonObject, {}),
  Resources: v.optional(
    v.record(
      v.string(),
      v.object({
        Type: v.string(),
        Properties: v.optional(jsonObject, {}),
        Metadata: v.optional(jsonObject, {}),
        DependsOn: v.optional(v.union([v.string(), v.array(v.string())]), []),
        Condition: v.optional(v.string()),
        DeletionPolicy: v.optional(v.string()),
      }),
    ),
    {},
  ),
  Outputs: v.optional(
    v.record(
      v.string(),
      v.object({ Value: v.unknown(), Condition: v.optional(v.string()), Export: v.optional(v.object({ Name: v.unknown() })) }),
    ),
    {},
  ),
});

/** A CloudFormation template, as far as the local runtime reads it. */
export type Template = v.InferOutput<typeof templateSchema>;

const manifestSchema = v.object({
  artifacts: v.optional(
    v.record(
      v.string(),
      v.object({ type: v.string(), properties: v.optional(v.unknown()), dependencies: v.optional(v.array(v.string()), []) }),
    ),
    {},
  ),
});

const stackPropertiesSchema = v.object({
  templateFile: v.string(),
  stackName: v.optional(v.string()),
  parameters: v.optional(v.record(v.string(), v.string()), {}),
});

export interface AssemblyStack {
  readonly name: string;
  readonly template: Template;
  /** Values given to the template's parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A cloud assembly as it was when it was opened: what is written into its folder later doesn't change it, but for the assets. */
export interface Assembly {
  readonly dir: string;
  /** Each after the stacks it depends on. */
  readonly stacks: readonly AssemblyStack[];
  /** A nested stack's template; `file` is relative to the folder. Throws an `Error` when it is missing or malformed. */
  nestedTemplate(file: string): Template;
}

/**
 * Opens a cloud assembly (what `cdk synth` writes). Throws an `Error` when a file is missing or malformed, or the assembly has stages.
 * The manifest: https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema
 */
export function openAssembly(dir: string): Assembly {
  const { artifacts } = parseFile(manifestSchema, dir, 'manifest.json');
  const stage = Object.entries(artifacts).find(([, { type }]) => type === 'cdk:cloud-assembly');
  if (stage) throw new Error(`The cloud assembly has the stage ${stage[0]}; stages are not supported.`);

  const templates = new Map<string, Template>();
  const readTemplate = (file: string): Template => {
    const template = templates.get(file) ?? parseFile(templateSchema, dir, file);
    if (template.Transform !== undefined) throw new Error(`${file} has a Transform, which is not supported.`);
    templates.set(file, template);
    return template;
  };
  const order = dependencyOrder(Object.keys(artifacts), (id) => artifacts[id]?.dependencies ?? []);
  const stacks = order.flatMap((id) => {
    const artifact = artifacts[id];
    if (artifact?.type !== 'aws:cloudformation:stack') return [];
    const properties = v.safeParse(stackPropertiesSchema, artifact.properties);
    if (!properties.success) throw new Error(`manifest.json: the stack ${id} is malformed.`);
    const { templateFile, stackName, parameters } = properties.output;
    return [{ name: stackName ?? id, template: readTemplate(templateFile), parameters }];
  });
  return { dir, stacks, nestedTemplate: readTemplate };
}

function parseFile<Schema extends v.GenericSchema>(schema: Schema, assemblyDir: string, file: string): v.InferOutput<Schema> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(join(assemblyDir, file), 'utf8'));
  } catch (cause) {
    throw new Error(`${join(assemblyDir, file)} cannot be read; run cdk synth first.`, { cause });
  }
  const result = v.safeParse(schema, content);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${file} is malformed at ${v.getDotPath(issue) ?? 'its root'}: ${issue.message}`);
}
