import { INPUT_PARTS, type InputPart } from '../input.ts';
import type { JsonPath, Mistake, SourceText } from '../source-text.ts';

type Json = Readonly<Record<string, unknown>>;

/** In bytes of JSON: all four together, and the workflow they belong to, stay within one item of the table. */
const LARGEST_SCHEMA = 32 * 1024;

/** Never handed to a workflow (core/tokens/credential.ts). */
const WITHHELD_HEADERS = ['authorization', 'cookie'];

/** What is wrong with the schemas under `input` beyond their form. */
export function inputMistakes(input: unknown, source: SourceText): Mistake[] {
  if (!isObject(input)) return [];
  return INPUT_PARTS.flatMap((part) => {
    const schema = input[part];
    if (!isObject(schema)) return [];
    const path = ['input', part];
    const bytes = Buffer.byteLength(JSON.stringify(schema));
    return [
      ...(bytes > LARGEST_SCHEMA
        ? [source.mistakeAt(path, `This schema has ${bytes} bytes as JSON and may have ${LARGEST_SCHEMA}.`, 'key')]
        : []),
      ...referenceMistakes(schema, path, source),
      ...(part === 'query' || part === 'headers' ? textFieldMistakes(part, schema, path, source) : []),
    ];
  });
}

/** References to nothing, and references that lead back to themselves without going into the value: those would never end. */
function referenceMistakes(root: Json, base: JsonPath, source: SourceText): Mistake[] {
  const definitions = isObject(root.$defs) ? root.$defs : {};
  const mistakes: Mistake[] = [];
  const target = (reference: unknown): unknown => {
    if (reference === '#') return root;
    const [, name] = typeof reference === 'string' ? (/^#\/\$defs\/([^/~%]+)$/.exec(reference) ?? []) : [];
    return name !== undefined && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  };
  const leadsBack = (schema: unknown, within: readonly unknown[]): boolean => {
    if (!isObject(schema)) return false;
    if (within.includes(schema)) return true;
    const inPlace = [target(schema.$ref), schema.not, ...[schema.allOf, schema.anyOf, schema.oneOf].flat()];
    return inPlace.some((next) => leadsBack(next, [...within, schema]));
  };
  const visit = (schema: unknown, path: JsonPath): void => {
    if (!isObject(schema)) return;
    if (typeof schema.$ref === 'string') {
      const place = [...path, '$ref'];
      if (target(schema.$ref) === undefined)
        mistakes.push(source.mistakeAt(place, `"${schema.$ref}" is not here; a reference is "#" or "#/$defs/<name>".`));
      else if (leadsBack(schema, [])) mistakes.push(source.mistakeAt(place, 'This reference leads back to itself.'));
    }
    for (const key of ['additionalProperties', 'items', 'not']) visit(schema[key], [...path, key]);
    for (const key of ['$defs', 'properties', 'allOf', 'anyOf', 'oneOf']) {
      const within = schema[key];
      if (typeof within !== 'object' || within === null) continue;
      for (const [name, each] of Object.entries(within)) visit(each, [...path, key, Array.isArray(within) ? Number(name) : name]);
    }
  };
  visit(root, base);
  return mistakes;
}

/** Query fields and headers are texts: a schema that asks for something else would refuse every request. */
function textFieldMistakes(part: InputPart, schema: Json, base: JsonPath, source: SourceText): Mistake[] {
  const mistakes: Mistake[] = [];
  const properties = isObject(schema.properties) ? schema.properties : {};
  const asKeys = Object.keys(properties).map((name): [string, JsonPath] => [name, [...base, 'properties', name]]);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const asItems = required.map((name, index): [string, JsonPath] => [String(name), [...base, 'required', index]]);
  for (const [name, path] of part === 'headers' ? [...asKeys, ...asItems] : []) {
    const lowerCase = name.toLowerCase();
    if (WITHHELD_HEADERS.includes(lowerCase))
      mistakes.push(source.mistakeAt(path, `The header ${lowerCase} is not handed on, so no schema can look at it.`, 'key'));
    else if (name !== lowerCase)
      mistakes.push(source.mistakeAt(path, `Header names are in lower case; write ${lowerCase}.`, 'key'));
  }
  const possible = part === 'query' ? ['string', 'array'] : ['string'];
  for (const [name, property] of Object.entries(properties)) {
    if (!isObject(property) || property.type === undefined) continue;
    if ([property.type].flat().some((type) => typeof type === 'string' && possible.includes(type))) continue;
    const what = part === 'query' ? 'A query field is a text, or a list of texts where it is repeated' : 'A header is a text';
    mistakes.push(source.mistakeAt([...base, 'properties', name, 'type'], `${what}; use type: string with a pattern or an enum.`));
  }
  return mistakes;
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
