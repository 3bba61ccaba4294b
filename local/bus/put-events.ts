import * as v from 'valibot';
import { AwsError, type Json } from '../aws/service.ts';
import { isAcceptableDetail } from './event-detail.ts';

const Entry = v.object({
  Source: v.optional(v.string()),
  DetailType: v.optional(v.string()),
  Detail: v.optional(v.string()),
  EventBusName: v.optional(v.string()),
  Resources: v.optional(v.array(v.string())),
  /** Seconds since the epoch, as the AWS JSON 1.1 protocol writes timestamps; other parts of the runtime may give ISO 8601. */
  Time: v.optional(v.union([v.number(), v.string(), v.date()])),
  TraceHeader: v.optional(v.string()),
});

const Request = v.object({ Entries: v.array(Entry), EndpointId: v.optional(v.string()) });

type EntryInput = v.InferOutput<typeof Entry>;

/** An entry that PutEvents takes. */
export interface AcceptedEntry {
  readonly source: string;
  readonly detailType: string;
  readonly detail: string;
  readonly resources: readonly string[];
  /** Name or ARN, as given. */
  readonly eventBus: string;
  /** Milliseconds since the epoch; absent when the entry gives none. */
  readonly time?: number;
  /** By AWS's own computation; see {@link entrySize}. */
  readonly bytes: number;
}

export interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Quotas of https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html: 10 entries, together less than 1 MB. */
const MOST_ENTRIES = 10;
const REQUEST_LIMIT = 1024 * 1024;
const LONGEST_DETAIL_TYPE = 128;

/**
 * Validates a PutEvents request; each entry is accepted or refused for itself.
 * Throws `AwsError` `ValidationException` when EventBridge fails the whole request.
 */
export function readEntries(input: Json): ReadonlyArray<AcceptedEntry | EntryError> {
  const request = v.safeParse(Request, input);
  if (!request.success) throw new AwsError('SerializationException', 'The request is not a valid PutEvents request.');
  const { Entries } = request.output;
  if (Entries.length === 0 || Entries.length > MOST_ENTRIES) {
    const bound = Entries.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${MOST_ENTRIES}`;
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`,
    );
  }
  if (Entries.reduce((bytes, entry) => bytes + entrySize(entry), 0) >= REQUEST_LIMIT) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  return Entries.map(readEntry);
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function entrySize(entry: EntryInput): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text ?? ''), entry.Time === undefined ? 0 : 14);
}

function readEntry(entry: EntryInput): AcceptedEntry | EntryError {
  const { Source, DetailType, Detail, EventBusName, Resources, Time } = entry;
  if (!Source) return invalidArgument('Source', 'Source is a required argument.');
  if (!DetailType) return invalidArgument('DetailType', 'DetailType is a required argument.');
  if (!Detail) return invalidArgument('Detail', 'Detail is a required argument.');
  if (DetailType.length > LONGEST_DETAIL_TYPE) {
    return invalidArgument('DetailType', `DetailType must be at most ${LONGEST_DETAIL_TYPE} characters long.`);
  }
  if (Source.startsWith('aws.'))
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  const time = Time === undefined ? undefined : toMilliseconds(Time);
  if (time !== undefined && Number.isNaN(new Date(time).getTime())) return invalidArgument('Time', 'Time is not a timestamp.');
  if (!isAcceptableDetail(Detail)) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  return {
    source: Source,
    detailType: DetailType,
    detail: Detail,
    resources: Resources ?? [],
    eventBus: EventBusName ?? 'default',
    ...(time !== undefined && { time }),
    bytes: entrySize(entry),
  };
}

function invalidArgument(parameter: string, reason: string): EntryError {
  return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${reason}` };
}

/** A timestamp of a request in milliseconds since the epoch; NaN when it is none. */
export function toMilliseconds(timestamp: number | string | Date): number {
  return typeof timestamp === 'number' ? timestamp * 1000 : new Date(timestamp).getTime();
}
