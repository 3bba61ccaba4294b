import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { AwsError, type Json } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import { inTransaction } from '../transaction.ts';
import type { Archives } from './archive.ts';
import { busArn, replayArn } from './arn.ts';
import { replayed, type SerializedEvent } from './event.ts';
import { toMilliseconds } from './put-events.ts';

const Timestamp = v.pipe(v.union([v.number(), v.string(), v.date()]), v.transform(toMilliseconds), v.finite());

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html */
const StartReplay = v.object({
  ReplayName: v.pipe(v.string(), v.regex(/^[.\-_A-Za-z0-9]{1,64}$/)),
  Description: v.optional(v.pipe(v.string(), v.maxLength(512))),
  EventSourceArn: v.string(),
  EventStartTime: Timestamp,
  EventEndTime: Timestamp,
  Destination: v.object({ Arn: v.string(), FilterArns: v.optional(v.array(v.string()), []) }),
});

const Replay = v.object({
  name: v.string(),
  request: v.pipe(v.string(), v.parseJson(), StartReplay),
  state: v.string(),
  position: v.number(),
  started_at: v.number(),
  ended_at: v.nullable(v.number()),
  last_time: v.nullable(v.number()),
});

const EVENTS_PER_STEP = 100;

interface Replays {
  /** `StartReplay`. Throws `AwsError`. */
  start(input: Json): Json;
  /** `DescribeReplay`. Throws `AwsError`. */
  describe(input: Json): Json;
  /** Goes on with replays that had not ended when the runtime stopped. */
  resume(): void;
  close(): void;
}

/**
 * Replays archived events in steps, each of which is one transaction, so that a restart goes on where the last step ended.
 * `publish` puts an event on a bus for the rules with the given ARNs (for all, if there are none).
 */
export function createReplays(options: {
  db: DatabaseSync;
  archives: Archives;
  clock: Clock;
  publish: (bus: string, event: SerializedEvent, ruleArns: readonly string[]) => void;
}): Replays {
  const { db, archives, clock, publish } = options;
  db.exec(`CREATE TABLE IF NOT EXISTS bus_replay (name TEXT PRIMARY KEY, request TEXT NOT NULL, state TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT 0, started_at INTEGER NOT NULL, ended_at INTEGER, last_time INTEGER)`);
  const insert = db.prepare("INSERT INTO bus_replay (name, request, state, started_at) VALUES (?, ?, 'STARTING', ?)");
  const select = db.prepare('SELECT * FROM bus_replay WHERE name = ?');
  const unfinished = db.prepare("SELECT name FROM bus_replay WHERE state <> 'COMPLETED' ORDER BY started_at");
  const advance = db.prepare("UPDATE bus_replay SET state = 'RUNNING', position = ?, last_time = ? WHERE name = ?");
  const complete = db.prepare("UPDATE bus_replay SET state = 'COMPLETED', ended_at = ? WHERE name = ?");
  const steps = new Map<string, NodeJS.Immediate>();

  const find = (name: string) => {
    const row = select.get(name);
    return row === undefined ? undefined : v.parse(Replay, row);
  };

  function stepLater(name: string): void {
    steps.set(name, setImmediate(step, name));
  }

  function step(name: string): void {
    steps.delete(name);
    const replay = find(name);
    if (replay === undefined) return;
    const { EventSourceArn, EventStartTime: start, EventEndTime: end, Destination } = replay.request;
    const archive = archives.get(archiveName(EventSourceArn));
    const range = { after: replay.position, start, end, limit: EVENTS_PER_STEP };
    const events = archive === undefined ? [] : archives.read(archive.name, range, clock.now());
    inTransaction(db, () => {
      for (const { json } of events) publish(archive?.bus ?? '', replayed(json, name), Destination.FilterArns);
      const last = events.at(-1);
      if (last === undefined) complete.run(clock.now(), name);
      else advance.run(last.position, last.time, name);
    });
    if (events.length > 0) stepLater(name);
  }

  return {
    start(input) {
      const parsed = v.safeParse(StartReplay, input);
      if (!parsed.success) throw new AwsError('ValidationException', 'The request is not a valid StartReplay request.');
      const { ReplayName, EventSourceArn, EventStartTime, EventEndTime, Destination } = parsed.output;
      const archive = archives.get(archiveName(EventSourceArn));
      if (archive === undefined)
        throw new AwsError('ResourceNotFoundException', `Archive ${archiveName(EventSourceArn)} does not exist.`);
      if (Destination.Arn !== busArn(archive.bus)) {
        throw new AwsError('ValidationException', 'Events can only be replayed to the event bus that they were archived from.');
      }
      if (EventEndTime <= EventStartTime) throw new AwsError('ValidationException', 'EventEndTime must be after EventStartTime.');
      if (find(ReplayName)) throw new AwsError('ResourceAlreadyExistsException', `Replay ${ReplayName} already exists.`);
      const now = clock.now();
      const iso = { EventStartTime: new Date(EventStartTime).toISOString(), EventEndTime: new Date(EventEndTime).toISOString() };
      insert.run(ReplayName, JSON.stringify({ ...parsed.output, ...iso }), now);
      stepLater(ReplayName);
      return { ReplayArn: replayArn(ReplayName), State: 'STARTING', ReplayStartTime: now / 1000 };
    },
    describe(input) {
      const replay = typeof input.ReplayName === 'string' ? find(input.ReplayName) : undefined;
      if (replay === undefined)
        throw new AwsError('ResourceNotFoundException', `Replay ${String(input.ReplayName)} does not exist.`);
      const { name, request, state, started_at, ended_at, last_time } = replay;
      return {
        ...request,
        ReplayArn: replayArn(name),
        State: state,
        EventStartTime: request.EventStartTime / 1000,
        EventEndTime: request.EventEndTime / 1000,
        ReplayStartTime: started_at / 1000,
        ...(ended_at !== null && { ReplayEndTime: ended_at / 1000 }),
        ...(last_time !== null && { EventLastReplayedTime: last_time / 1000 }),
      };
    },
    resume() {
      for (const row of unfinished.all()) {
        const name = String(row.name);
        if (!steps.has(name)) stepLater(name);
      }
    },
    close() {
      for (const immediate of steps.values()) clearImmediate(immediate);
      steps.clear();
    },
  };
}

const archiveName = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);
