import batchGetItem from 'dynalite/actions/batchGetItem.js';
import batchWriteItem from 'dynalite/actions/batchWriteItem.js';
import createTable from 'dynalite/actions/createTable.js';
import deleteItem from 'dynalite/actions/deleteItem.js';
import describeTable from 'dynalite/actions/describeTable.js';
import getItem from 'dynalite/actions/getItem.js';
import putItem from 'dynalite/actions/putItem.js';
import query from 'dynalite/actions/query.js';
import scan from 'dynalite/actions/scan.js';
import updateItem from 'dynalite/actions/updateItem.js';
import database, { type Store, type Write } from 'dynalite/db/index.js';
import batchGetItemInput from 'dynalite/validations/batchGetItem.js';
import batchWriteItemInput from 'dynalite/validations/batchWriteItem.js';
import createTableInput from 'dynalite/validations/createTable.js';
import deleteItemInput from 'dynalite/validations/deleteItem.js';
import describeTableInput from 'dynalite/validations/describeTable.js';
import getItemInput from 'dynalite/validations/getItem.js';
import validations from 'dynalite/validations/index.js';
import putItemInput from 'dynalite/validations/putItem.js';
import queryInput from 'dynalite/validations/query.js';
import scanInput from 'dynalite/validations/scan.js';
import updateItemInput from 'dynalite/validations/updateItem.js';
import { AwsError, type Json } from '../aws/service.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/provisioner.ts';
import { itemBytes } from './item-size.ts';

const OPERATIONS = {
  BatchGetItem: [batchGetItem, batchGetItemInput],
  BatchWriteItem: [batchWriteItem, batchWriteItemInput],
  CreateTable: [createTable, createTableInput],
  DeleteItem: [deleteItem, deleteItemInput],
  DescribeTable: [describeTable, describeTableInput],
  GetItem: [getItem, getItemInput],
  PutItem: [putItem, putItemInput],
  Query: [query, queryInput],
  Scan: [scan, scanInput],
  UpdateItem: [updateItem, updateItemInput],
} as const;
type DynaliteOperation = keyof typeof OPERATIONS;

/** dynalite in this process, without its HTTP server: the store and the operations on it. */
export interface Dynalite {
  readonly store: Store;
  /**
   * Runs one operation. `onIndexWrite` hears the write units of each write to a secondary index, which dynalite itself doesn't count.
   * Rejects with the `AwsError` that DynamoDB gives.
   */
  run(operation: DynaliteOperation, input: Json, onIndexWrite?: (units: number) => void): Promise<Json>;
  close(): Promise<void>;
}

/** Opens or creates the database in the folder `path`. Rejects with an `Error` when another process has it open. */
export async function openDynalite(path: string): Promise<Dynalite> {
  // DynamoDB counts UTF-8 bytes, dynalite characters; its validations and actions look the function up here.
  database.itemSize = itemBytes;
  const store = database.create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  try {
    await store.db.open();
  } catch (cause) {
    throw new Error(`The database in ${path} cannot be opened; another Millrace may be running on it.`, { cause });
  }
  store.tableDb.awsAccountId = LOCAL_ACCOUNT;
  store.tableDb.awsRegion = LOCAL_REGION;
  return {
    store,
    run: (operation, input, onIndexWrite = () => undefined) => run(forOneRequest(store, onIndexWrite), operation, input),
    close: () => store.db.close(),
  };
}

function run(store: Store, operation: DynaliteOperation, input: Json): Promise<Json> {
  const [action, { types, custom }] = OPERATIONS[operation];
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(toAwsError(error));
    try {
      const unknown = Object.keys(input).find((member) => !(member in types));
      if (unknown !== undefined) throw new AwsError('ValidationException', `${unknown} of ${operation} is not supported locally.`);
      // dynalite takes its input apart in place.
      const data = validations.checkTypes(structuredClone(input), types);
      validations.checkValidations(data, types, custom, store);
      action(store, data, (error, answer) => (error ? fail(error) : resolve(answer ?? {})));
    } catch (error) {
      fail(error);
    }
  });
}

function toAwsError(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('statusCode' in error) || !('body' in error)) return error;
  const { __type, message, Message } = error.body as Readonly<Record<string, string | undefined>>;
  return new AwsError(__type?.split('#')[1] ?? 'InternalServerError', message ?? Message ?? '', Number(error.statusCode));
}

/**
 * The same store for one request, with the writes to its indexes made in one batch with the item's, so that a process killed in between
 * leaves no index that disagrees with its table. Each index write is counted in units of 1 KB, and left out where nothing projected changes
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes).
 */
function forOneRequest(store: Store, onIndexWrite: (units: number) => void): Store {
  const units = (entry: unknown) => Math.max(1, Math.ceil(itemBytes((entry ?? {}) as Json) / 1024));
  let indexWrites: Write[] = [];
  const writeWith = (write: Write, done: (error: unknown) => void) => {
    const writes = [...indexWrites, write];
    indexWrites = [];
    store.db.batch(writes, done);
  };
  return {
    ...store,
    getIndexDb(kind, table, index) {
      const entries = store.getIndexDb(kind, table, index);
      const prefix = `index-${kind.toLowerCase()}~${table}~${index}~`;
      return {
        ...entries,
        put: (key, entry, done) =>
          entries.get(key, (error, existing) => {
            if (error || JSON.stringify(existing) !== JSON.stringify(entry)) {
              onIndexWrite(units(entry));
              indexWrites.push({ type: 'put', key: prefix + key, value: entry });
            }
            done(null);
          }),
        del(key, done) {
          onIndexWrite(1);
          indexWrites.push({ type: 'del', key: prefix + key });
          done(null);
        },
      };
    },
    getItemDb(table) {
      const items = store.getItemDb(table);
      const prefix = `item-${table}~`;
      return {
        ...items,
        put: (key, value, done) => writeWith({ type: 'put', key: prefix + key, value }, done),
        del: (key, done) => writeWith({ type: 'del', key: prefix + key }, done),
      };
    },
  };
}
