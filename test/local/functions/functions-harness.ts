import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AwsCall, Json } from '../../../local/aws/service.ts';
import { createFunctions, type Functions } from '../../../local/functions/functions.ts';
import { createMeter, type Meter } from '../../../local/meter.ts';
import type { ProvisionedResource } from '../../../local/template/provisioner.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';

interface SentMessage {
  readonly input: Json;
  readonly callerArn: string | undefined;
}

/** A local Lambda in a temporary folder, with a queue service that only remembers what was sent. */
export interface Harness {
  readonly clock: ManualClock;
  readonly meter: Meter;
  readonly stateDir: string;
  readonly sent: readonly SentMessage[];
  readonly lines: readonly string[];
  functions(): Functions;
  /** Stops the local Lambda and starts it again on the same state. */
  restart(): Promise<void>;
  /** Writes a bundle and provisions a function of it. */
  deploy(name: string, source: string, properties?: Json): Promise<ProvisionedResource>;
  provision(type: string, properties: Json, metadata?: Json): Promise<ProvisionedResource>;
  invoke(functionName: string, payload: unknown, input?: Json): Promise<Json>;
  /** Removes a function's bundle from the assembly. */
  removeAsset(asset: string): void;
  close(): Promise<void>;
}

export const ROLE = 'arn:aws:iam::123456789012:role/worker';

export function createHarness(): Harness {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-functions-'));
  const stateDir = path.join(folder, 'state');
  mkdirSync(stateDir);
  const db = new DatabaseSync(path.join(stateDir, 'state.sqlite'));
  const clock = createManualClock();
  const meter = createMeter();
  const sent: SentMessage[] = [];
  const lines: string[] = [];
  const call: AwsCall = async (_service, operation, input, caller) => {
    if (operation === 'GetQueueUrl') return { QueueUrl: `http://queues/${input.QueueName}` };
    sent.push({ input, callerArn: caller.kind === 'role' ? caller.arn : undefined });
    return {};
  };
  const create = () =>
    createFunctions({
      db,
      call,
      clock,
      meter,
      log: { line: (text) => lines.push(text), detail: () => undefined },
      stateDir,
      awsEndpoint: () => 'http://127.0.0.1:4566',
      accessKeyFor: (role) => ({ accessKeyId: `key of ${role}`, secretAccessKey: 'secret', sessionToken: 'session' }),
      assertTrusts: () => undefined,
    });
  let functions = create();
  let assets = 0;

  const harness: Harness = {
    clock,
    meter,
    stateDir,
    sent,
    lines,
    functions: () => functions,
    async restart() {
      await functions.close();
      functions = create();
    },
    async provision(type, properties, metadata = {}) {
      const provisioner = functions.provisioners[type];
      if (!provisioner) throw new Error(`No provisioner for ${type}`);
      return provisioner({ stackName: 'stack', logicalId: 'Resource', type, properties, metadata, assemblyDir: folder });
    },
    async deploy(name, source, properties = {}) {
      assets += 1;
      const asset = typeof properties.asset === 'string' ? properties.asset : `asset.${assets}`;
      const { asset: _, ...rest } = properties;
      mkdirSync(path.join(folder, asset), { recursive: true });
      writeFileSync(path.join(folder, asset, 'index.mjs'), source);
      return harness.provision(
        'AWS::Lambda::Function',
        {
          FunctionName: name,
          Code: { S3Bucket: 'b', S3Key: 'k' },
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Role: ROLE,
          ...rest,
        },
        { 'aws:asset:path': asset },
      );
    },
    invoke: (functionName, payload, input = {}) =>
      functions.service.call(
        'Invoke',
        { FunctionName: functionName, Payload: JSON.stringify(payload), ...input },
        { kind: 'operator' },
      ),
    removeAsset: (asset) => rmSync(path.join(folder, asset), { recursive: true }),
    async close() {
      await functions.close();
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
  return harness;
}

/** Waits until `condition` holds. Throws after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`This did not come true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
