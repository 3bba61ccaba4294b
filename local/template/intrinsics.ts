import { isDeepStrictEqual } from 'node:util';
import type { Template } from './assembly.ts';
import { LOCAL_ACCOUNT, LOCAL_PARTITION, LOCAL_REGION, type ProvisionedResource } from './provisioner.ts';
import { stackIdOf } from './stable-uuid.ts';

/** What a stack's intrinsic functions can see. */
export interface Scope {
  readonly stackName: string;
  readonly template: Template;
  /** Values given to parameters; the others take their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly provisioned: ReadonlyMap<string, ProvisionedResource>;
  /** Exports of the stacks deployed before. */
  readonly exported: ReadonlyMap<string, string>;
}

export interface Resolver {
  /** `value` without intrinsic functions; `undefined` for `AWS::NoValue`. Throws an `Error` naming what cannot be resolved. */
  resolve(value: unknown): unknown;
  /** Whether the template's condition of that name holds. */
  condition(name: string): boolean;
  /** The logical ids that `value` refers to, in the branches of `Fn::If` that are taken. */
  references(value: unknown): ReadonlySet<string>;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SUBSTITUTION = /\$\{([^}]*)\}/g;

/** Rules: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html */
export function createResolver(scope: Scope): Resolver {
  const { template, stackName } = scope;
  const evaluating = new Set<string>();

  const pseudoParameters = new Map<string, unknown>([
    ['AWS::AccountId', LOCAL_ACCOUNT],
    ['AWS::Region', LOCAL_REGION],
    ['AWS::Partition', LOCAL_PARTITION],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', stackName],
    ['AWS::StackId', stackIdOf(stackName)],
    ['AWS::NoValue', undefined],
  ]);

  const functions = new Map<string, (argument: unknown) => unknown>([
    ['Ref', (argument) => ref(text(argument, 'Ref'))],
    ['Fn::GetAtt', (argument) => getAtt(...attributeOf(argument))],
    ['Fn::Sub', substitute],
    ['Fn::Join', join],
    ['Fn::Select', select],
    ['Fn::Split', split],
    ['Fn::ImportValue', importValue],
    ['Fn::If', (argument) => resolve(branch(argument))],
    ['Fn::FindInMap', findInMap],
    ['Fn::Base64', (argument) => Buffer.from(text(resolve(argument), 'Fn::Base64')).toString('base64')],
  ]);

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== undefined);
    if (!isObject(value)) return value;
    const call = intrinsicOf(value);
    if (call) {
      const run = functions.get(call.name);
      if (!run) throw new Error(`${call.name} is not supported.`);
      return run(call.argument);
    }
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, item]) => [key, resolve(item)] as const)
        .filter(([, item]) => item !== undefined),
    );
  }

  function ref(name: string): unknown {
    if (pseudoParameters.has(name)) return pseudoParameters.get(name);
    if (name.startsWith('AWS::')) throw new Error(`The pseudo parameter ${name} is not supported.`);
    if (Object.hasOwn(template.Parameters, name)) return parameter(name);
    return resource(name).ref;
  }

  function parameter(name: string): unknown {
    const declaration = template.Parameters[name];
    const type = declaration?.Type ?? 'String';
    if (type.startsWith('AWS::SSM::')) throw new Error(`The parameter ${name} is read from SSM (${type}), which is not supported.`);
    const value = scope.parameters[name] ?? declaration?.Default;
    if (value === undefined) throw new Error(`The parameter ${name} has no default and no value is given.`);
    const isList = type === 'CommaDelimitedList' || type.startsWith('List<');
    return isList
      ? String(value)
          .split(',')
          .map((item) => item.trim())
      : String(value);
  }

  function resource(logicalId: string): ProvisionedResource {
    const found = scope.provisioned.get(logicalId);
    if (found) return found;
    const why = Object.hasOwn(template.Resources, logicalId)
      ? 'which is not created (its condition is false)'
      : 'which the template does not have';
    throw new Error(`It refers to ${logicalId}, ${why}.`);
  }

  function getAtt(logicalId: string, attribute: string): string {
    const { attributes } = resource(logicalId);
    const value = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    if (value !== undefined) return value;
    const type = template.Resources[logicalId]?.Type;
    throw new Error(`It asks for the attribute ${attribute} of ${logicalId} (${type}), which the local runtime does not give.`);
  }

  function attributeOf(argument: unknown): [logicalId: string, attribute: string] {
    if (typeof argument === 'string') {
      const dot = argument.indexOf('.');
      if (dot > 0) return [argument.slice(0, dot), argument.slice(dot + 1)];
    }
    if (Array.isArray(argument) && argument.length === 2) {
      return [text(argument[0], 'Fn::GetAtt'), text(resolve(argument[1]), 'Fn::GetAtt')];
    }
    throw new Error('Fn::GetAtt takes a logical id and an attribute.');
  }

  function substitute(argument: unknown): string {
    const [pattern, variables] = substitutionOf(argument);
    return pattern.replace(SUBSTITUTION, (whole, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      const key = name.trim();
      if (Object.hasOwn(variables, key)) return text(resolve(variables[key]), whole);
      return text(key.includes('.') ? getAtt(...attributeOf(key)) : ref(key), whole);
    });
  }

  function join(argument: unknown): string {
    const [delimiter, items] = list(argument, 2, 'Fn::Join');
    return list(resolve(items), undefined, 'Fn::Join')
      .map((item) => text(item, 'Fn::Join'))
      .join(text(delimiter, 'Fn::Join'));
  }

  function select(argument: unknown): unknown {
    const [index, items] = list(argument, 2, 'Fn::Select');
    const values = list(resolve(items), undefined, 'Fn::Select');
    const position = Number(text(resolve(index), 'Fn::Select'));
    if (!(position in values)) throw new Error(`Fn::Select asks for item ${position} of a list of ${values.length}.`);
    return values[position];
  }

  function split(argument: unknown): string[] {
    const [delimiter, source] = list(argument, 2, 'Fn::Split');
    return text(resolve(source), 'Fn::Split').split(text(delimiter, 'Fn::Split'));
  }

  function importValue(argument: unknown): string {
    const name = text(resolve(argument), 'Fn::ImportValue');
    const value = scope.exported.get(name);
    if (value === undefined) throw new Error(`It imports ${name}, which no stack deployed before exports.`);
    return value;
  }

  function findInMap(argument: unknown): unknown {
    const [map, first, second] = list(argument, 3, 'Fn::FindInMap').map((key) => text(resolve(key), 'Fn::FindInMap'));
    const value = template.Mappings[map ?? '']?.[first ?? '']?.[second ?? ''];
    if (value === undefined) throw new Error(`Fn::FindInMap finds nothing at ${map}.${first}.${second}.`);
    return value;
  }

  function branch(argument: unknown): unknown {
    const [name, yes, no] = list(argument, 3, 'Fn::If');
    return condition(text(name, 'Fn::If')) ? yes : no;
  }

  function condition(name: string): boolean {
    if (!Object.hasOwn(template.Conditions, name)) throw new Error(`The template has no condition ${name}.`);
    if (evaluating.has(name)) throw new Error(`The condition ${name} depends on itself.`);
    evaluating.add(name);
    try {
      return holds(template.Conditions[name]);
    } finally {
      evaluating.delete(name);
    }
  }

  function holds(expression: unknown): boolean {
    const [name, argument] = isObject(expression) ? (Object.entries(expression)[0] ?? []) : [];
    switch (name) {
      case 'Condition':
        return condition(text(argument, 'Condition'));
      case 'Fn::Equals': {
        const [left, right] = list(argument, 2, name).map((side) => comparable(resolve(side)));
        return isDeepStrictEqual(left, right);
      }
      case 'Fn::And':
        return list(argument, undefined, name).every(holds);
      case 'Fn::Or':
        return list(argument, undefined, name).some(holds);
      case 'Fn::Not':
        return !list(argument, 1, name).every(holds);
      default:
        throw new Error(`${name ?? 'What stands'} in a condition is not supported.`);
    }
  }

  function references(value: unknown, found = new Set<string>()): Set<string> {
    const add = (logicalId: string) => void (Object.hasOwn(template.Resources, logicalId) && found.add(logicalId));
    if (Array.isArray(value)) for (const item of value) references(item, found);
    if (!isObject(value)) return found;
    const call = intrinsicOf(value);
    if (call?.name === 'Ref') add(text(call.argument, 'Ref'));
    else if (call?.name === 'Fn::GetAtt') add(attributeOf(call.argument)[0]);
    else if (call?.name === 'Fn::If') references(branch(call.argument), found);
    else if (call?.name === 'Fn::Sub') {
      const [pattern, variables] = substitutionOf(call.argument);
      for (const [, name = ''] of pattern.matchAll(SUBSTITUTION)) {
        if (!Object.hasOwn(variables, name.trim())) add(name.trim().split('.')[0] ?? '');
      }
      references(variables, found);
    } else for (const item of Object.values(value)) references(item, found);
    return found;
  }

  return { resolve, condition, references: (value) => references(value) };
}

function intrinsicOf(value: Readonly<Record<string, unknown>>): { name: string; argument: unknown } | undefined {
  const [entry, ...others] = Object.entries(value);
  if (!entry) return undefined;
  if (others.length === 0 && (entry[0] === 'Ref' || entry[0].startsWith('Fn::'))) return { name: entry[0], argument: entry[1] };
  const misplaced = [entry, ...others].find(([key]) => key.startsWith('Fn::'));
  if (misplaced) throw new Error(`${misplaced[0]} stands beside other keys.`);
  return undefined;
}

function substitutionOf(argument: unknown): [pattern: string, variables: Readonly<Record<string, unknown>>] {
  if (typeof argument === 'string') return [argument, {}];
  const [pattern, variables] = list(argument, 2, 'Fn::Sub');
  if (!isObject(variables)) throw new Error('Fn::Sub takes a map of variables as its second argument.');
  return [text(pattern, 'Fn::Sub'), variables];
}

function list(value: unknown, length: number | undefined, name: string): readonly unknown[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  throw new Error(`${name} takes a list${length === undefined ? '' : ` of ${length}`}.`);
}

/** CloudFormation reads numbers and booleans as strings wherever it needs one. */
function text(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${name} needs a string.`);
}

const comparable = (value: unknown): unknown => (typeof value === 'object' ? value : String(value));
