import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/provisioner.ts';

/** An event as EventBridge delivers it (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html). */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601 in UTC, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
  /** On replayed events only. */
  readonly 'replay-name'?: string;
}

/** An event beside its JSON. The text keeps what `JSON.parse` would lose, such as integers above 2^53. */
export interface SerializedEvent {
  readonly event: BusEvent;
  readonly json: string;
}

interface EventParts {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly resources: readonly string[];
  /** The text of a JSON object. */
  readonly detail: string;
}

export function serializeEvent(parts: EventParts): SerializedEvent {
  const head = {
    version: '0',
    id: parts.id,
    'detail-type': parts.detailType,
    source: parts.source,
    account: LOCAL_ACCOUNT,
    time: isoSeconds(parts.time),
    region: LOCAL_REGION,
    resources: parts.resources,
  } as const;
  const json = `${JSON.stringify(head).slice(0, -1)},"detail":${parts.detail.trim()}}`;
  return { event: { ...head, detail: JSON.parse(parts.detail) }, json };
}

/** Adds the replay's name at the top level, where replayed events carry it. */
export function replayed(json: string, replayName: string): SerializedEvent {
  const named = `{"replay-name":${JSON.stringify(replayName)},${json.slice(1)}`;
  return { event: JSON.parse(named), json: named };
}

/** `2015-11-11T21:29:54Z` */
export function isoSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
