import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { MessageAttributes } from './sqs-message.ts';
import type { Queue } from './sqs-queue.ts';

export interface StoredMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly senderId: string;
  readonly traceHeader?: string;
  readonly groupId?: string;
  /** Milliseconds since the epoch, like every time here. */
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  readonly receiveCount: number;
  readonly receiptHandle: string;
  /** Where a message in a dead-letter queue came from. */
  readonly sourceArn?: string;
}

export type NewMessage = Pick<StoredMessage, 'body' | 'attributes' | 'senderId' | 'traceHeader' | 'groupId' | 'sentAt'> & {
  readonly visibleAt: number;
};

export interface MessageCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** The messages of all queues in SQLite. Every change is one statement, so a crash leaves a message in one state or the other. */
export function createSqsMessages(db: DatabaseSync) {
  db.exec(`
    CREATE TABLE IF NOT EXISTS sqs_messages (
      id TEXT PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL, sender_id TEXT NOT NULL,
      trace_header TEXT, group_id TEXT, source_arn TEXT, sent_at INTEGER NOT NULL, visible_at INTEGER NOT NULL,
      receive_count INTEGER NOT NULL DEFAULT 0, first_received_at INTEGER, receipt_handle TEXT UNIQUE
    );
    CREATE INDEX IF NOT EXISTS sqs_messages_by_visibility ON sqs_messages (queue, visible_at);
  `);
  const insert = db.prepare(
    'INSERT INTO sqs_messages (id, queue, body, attributes, sender_id, trace_header, group_id, sent_at, visible_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const expire = db.prepare('DELETE FROM sqs_messages WHERE queue = ? AND sent_at <= ?');
  const redrive = db.prepare(
    'UPDATE sqs_messages SET queue = ?, source_arn = ?, visible_at = ? WHERE queue = ? AND visible_at <= ? AND receive_count >= ?',
  );
  const receive = db.prepare(`
    UPDATE sqs_messages SET receive_count = receive_count + 1, visible_at = :hiddenUntil,
      first_received_at = coalesce(first_received_at, :now), receipt_handle = id || ':' || hex(randomblob(16))
    WHERE id IN (SELECT id FROM sqs_messages WHERE queue = :queue AND visible_at <= :now ORDER BY visible_at, sent_at, rowid LIMIT :maximum)
    RETURNING *, rowid`);
  const nextVisible = db.prepare('SELECT min(visible_at) AS at FROM sqs_messages WHERE queue = ? AND visible_at > ?');
  const remove = db.prepare('DELETE FROM sqs_messages WHERE queue = ? AND receipt_handle = ?');
  const hide = db.prepare('UPDATE sqs_messages SET visible_at = ? WHERE queue = ? AND receipt_handle = ? AND visible_at > ?');
  const purge = db.prepare('DELETE FROM sqs_messages WHERE queue = ?');
  const count = db.prepare(`
    SELECT count(*) FILTER (WHERE visible_at <= :now) AS visible,
      count(*) FILTER (WHERE visible_at > :now AND receipt_handle IS NOT NULL) AS in_flight,
      count(*) FILTER (WHERE visible_at > :now AND receipt_handle IS NULL) AS delayed
    FROM sqs_messages WHERE queue = :queue`);

  return {
    /** Returns the message's id. */
    send(queue: Queue, message: NewMessage): string {
      const { body, attributes, senderId, traceHeader, groupId, sentAt, visibleAt } = message;
      const id = randomUUID();
      const optional = [traceHeader ?? null, groupId ?? null];
      insert.run(id, queue.name, body, JSON.stringify(attributes), senderId, ...optional, sentAt, visibleAt);
      return id;
    },

    /**
     * Moves the visible messages that were received `maxReceiveCount` times; they keep the time they were sent
     * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html). False when there are none.
     */
    redrive: (queue: Queue, deadLetterQueue: string, now: number): boolean =>
      redrive.run(deadLetterQueue, queue.arn, now, queue.name, now, queue.redrive?.maxReceiveCount ?? 0).changes > 0,

    /** Takes at most `maximum` visible messages, the oldest first, and hides them until `hiddenUntil`. Those past their retention are gone. */
    receive(queue: Queue, options: { now: number; hiddenUntil: number; maximum: number }): StoredMessage[] {
      const { now, hiddenUntil, maximum } = options;
      expire.run(queue.name, now - queue.retentionSeconds * 1000);
      const rows = receive.all({ queue: queue.name, now, hiddenUntil, maximum });
      return rows.sort((a, b) => Number(a.sent_at) - Number(b.sent_at) || Number(a.rowid) - Number(b.rowid)).map(toMessage);
    },

    /** When the next hidden message can be received; undefined when none is hidden. */
    nextVisibleAt(queue: Queue, now: number): number | undefined {
      const at = nextVisible.get(queue.name, now)?.at;
      return typeof at === 'number' ? at : undefined;
    },

    delete: (queue: Queue, receiptHandle: string): void => void remove.run(queue.name, receiptHandle),

    /** False when the receipt handle is no message's in flight. */
    hideUntil: (queue: Queue, receiptHandle: string, until: number, now: number): boolean =>
      hide.run(until, queue.name, receiptHandle, now).changes > 0,

    purge: (queue: Queue): void => void purge.run(queue.name),

    count(queue: Queue, now: number): MessageCounts {
      const row = count.get({ queue: queue.name, now });
      return { visible: Number(row?.visible), inFlight: Number(row?.in_flight), delayed: Number(row?.delayed) };
    },
  };
}

function toMessage(row: Record<string, SQLOutputValue>): StoredMessage {
  const text = (column: string) => String(row[column]);
  return {
    id: text('id'),
    body: text('body'),
    attributes: JSON.parse(text('attributes')) as MessageAttributes,
    senderId: text('sender_id'),
    ...(row.trace_header !== null && { traceHeader: text('trace_header') }),
    ...(row.group_id !== null && { groupId: text('group_id') }),
    ...(row.source_arn !== null && { sourceArn: text('source_arn') }),
    sentAt: Number(row.sent_at),
    firstReceivedAt: Number(row.first_received_at),
    receiveCount: Number(row.receive_count),
    receiptHandle: text('receipt_handle'),
  };
}
