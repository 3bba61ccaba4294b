import * as v from 'valibot';
import { type Secrets, variableOf } from './secrets.ts';

/** A value that the template takes from Secrets Manager. */
export interface SecretReference {
  readonly secret: string;
  /** The field of the secret's JSON; absent: all of its text. */
  readonly key?: string;
}

const REFERENCE = /^\{\{resolve:secretsmanager:([^:{}]+)(?::SecretString(?::([^:{}]*)(?::[^:{}]*){0,2})?)?\}\}$/;

/**
 * Reads `{{resolve:secretsmanager:<name>:SecretString:<key>:<stage>:<version>}}`; undefined for a text without a dynamic reference. Locally a
 * secret has one version. Throws an `Error` for any other dynamic reference.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
 */
export function parseReference(text: string): SecretReference | undefined {
  if (!text.includes('{{resolve:')) return undefined;
  const [, secret, key] = REFERENCE.exec(text) ?? [];
  if (secret === undefined) throw new Error('Of dynamic references, only a whole {{resolve:secretsmanager:...}} is supported.');
  return { secret, ...(key && { key }) };
}

const fieldsSchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));

/** The value of a text of a template. Throws an `Error` whose sentence names the variable that is missing, never a value. */
export function resolveText(text: string, secrets: Secrets): string {
  const reference = parseReference(text);
  if (!reference) return text;
  const { secret, key } = reference;
  const value = secrets.find(secret);
  if (value === undefined) {
    throw new Error(`The secret ${secret} is not set: put ${variableOf(secret)} into the environment or into .env.`);
  }
  if (key === undefined) return value;
  const fields = v.safeParse(fieldsSchema, value);
  const field = fields.success && Object.hasOwn(fields.output, key) ? fields.output[key] : undefined;
  if (typeof field === 'string') return field;
  throw new Error(`The secret ${secret} has no field ${key}: ${variableOf(secret)} must be a JSON object with that text in it.`);
}
