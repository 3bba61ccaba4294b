/** An event as its sender made it, whichever way it came: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEvent {
  readonly id: string;
  /** A URI reference. With `id` it says which event this is. */
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** ISO 8601 in UTC with milliseconds; absent where the sender gave none. */
  readonly time?: string;
  /** As the sender wrote it, with its parameters; where it wrote none, what the specification implies. */
  readonly datacontenttype: string;
  /** A URI. */
  readonly dataschema?: string;
  /** As `parseBody` makes it of a body of that type; null for none. */
  readonly data: unknown;
  /** The sender's own attributes. In binary mode they are all strings: headers have no other type. */
  readonly extensions: Readonly<Record<string, ExtensionValue>>;
}

export type ExtensionValue = string | number | boolean;

/** Extension attributes that the platform alone sets on the bus. */
export const OUR_EXTENSIONS: readonly string[] = [
  'workspace',
  'senderid',
  'subscription',
  'depth',
  'dataref',
  'datatruncated',
  'trigger',
  'request',
];
