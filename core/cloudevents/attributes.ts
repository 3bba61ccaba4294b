import { type CloudEvent, type ExtensionValue, OUR_EXTENSIONS } from './cloud-event.ts';
import { toUtc } from './timestamp.ts';
import { isUri, isUriReference } from './uri.ts';

/** What is wrong with one attribute or member: its name, and a sentence. */
export interface Fault {
  readonly name: string;
  readonly detail: string;
}

/** An event's attributes, the type of its data as the sender gave it. */
export type Attributes = Omit<CloudEvent, 'data' | 'datacontenttype'> & Partial<Pick<CloudEvent, 'datacontenttype'>>;

const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;

/** `DetailType` on the bus: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const LONGEST_TYPE = 128;

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*(?:[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"(?:[^"\\]|\\.)*"))?)*$/;
const LONGEST_MEDIA_TYPE = 255;

/** What each attribute of the specification must be, where its text is not. */
const RULES: Readonly<Record<string, (text: string) => string | undefined>> = {
  specversion: (text) => (text === '1.0' ? undefined : 'must be 1.0, the one version that is read.'),
  id: (text) => (text === '' ? 'must not be empty.' : undefined),
  source: (text) => (text !== '' && isUriReference(text) ? undefined : 'must be a URI reference, such as /sensors/7.'),
  type(text) {
    if (text === '') return 'must not be empty.';
    return text.length > LONGEST_TYPE ? `must have at most ${LONGEST_TYPE} characters.` : undefined;
  },
  subject: (text) => (text === '' ? 'must not be empty; leave it out instead.' : undefined),
  time: (text) => (toUtc(text) === undefined ? 'must be a time of RFC 3339, such as 2027-01-31T18:00:00Z.' : undefined),
  datacontenttype: (text) => (isMediaType(text) ? undefined : 'must be a media type, such as application/json.'),
  dataschema: (text) => (isUri(text) ? undefined : 'must be a URI, such as https://example.com/order.json.'),
};

const isMediaType = (text: string) => text.length <= LONGEST_MEDIA_TYPE && MEDIA_TYPE.test(text);

/**
 * Checks attributes by name as CloudEvents 1.0 has them (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#context-attributes).
 * Gives every fault at once. An attribute that is null is one that is not set.
 */
export function readAttributes(given: ReadonlyMap<string, unknown>): { attributes: Attributes } | { faults: readonly Fault[] } {
  const set = [...given].filter(([, value]) => value !== null && value !== undefined);
  const names = new Set(set.map(([name]) => name));
  const faults = [
    ...REQUIRED.filter((name) => !names.has(name)).map((name) => ({ name, detail: 'is missing.' })),
    ...set.flatMap(([name, value]) => {
      const detail = faultOf(name, value);
      return detail === undefined ? [] : [{ name, detail }];
    }),
  ];
  if (faults.length > 0) return { faults };
  const { specversion, time, ...known } = Object.fromEntries(set.filter(([name]) => isCore(name)));
  const extensions = Object.fromEntries(set.filter(([name]) => !isCore(name)));
  // Every value has been found to be what its type says.
  return { attributes: { ...known, ...(time !== undefined && { time: toUtc(String(time)) }), extensions } as Attributes };
}

const isCore = (name: string): boolean => Object.hasOwn(RULES, name);

function faultOf(name: string, value: unknown): string | undefined {
  if (isCore(name)) return typeof value === 'string' ? (faultOfText(value) ?? RULES[name]?.(value)) : 'must be a string.';
  if (!/^[a-z0-9]+$/.test(name)) return 'is no name of an attribute: those have lower-case letters and digits alone.';
  if (name === 'data') return 'is no name of an attribute.';
  if (OUR_EXTENSIONS.includes(name)) return 'is set by the platform alone; use another name.';
  return isExtensionValue(value)
    ? faultOfText(String(value))
    : 'must be a string, a boolean or a whole number of 32 bits: attributes have no other types.';
}

const isExtensionValue = (value: unknown): value is ExtensionValue =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && (value | 0) === value);

const faultOfText = (text: string): string | undefined =>
  /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(text) ? 'must not hold control characters.' : undefined;
