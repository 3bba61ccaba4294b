import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { createAws } from './aws/dispatcher.ts';
import { createEndpoint } from './aws/endpoint.ts';
import type { AwsCall } from './aws/service.ts';
import { createBus, type ServiceEvent } from './bus/bus.ts';
import { type Clock, systemClock } from './clock.ts';
import { createConnections } from './connections/connections.ts';
import { createSecrets } from './connections/secrets.ts';
import { createDynamoDb } from './data/dynamodb.ts';
import { createEventSourceMappings } from './data/event-source-mapping.ts';
import { createS3 } from './data/s3.ts';
import { createSqs } from './data/sqs.ts';
import { createFunctions } from './functions/functions.ts';
import { createHttpApi } from './http-api/http-api.ts';
import { createIam } from './iam/authorizer.ts';
import { createKms } from './kms/kms.ts';
import type { Log } from './log.ts';
import { createMeter, type Meter } from './meter.ts';
import { describeRequest, describeStatusChange } from './narration.ts';
import { createScheduler } from './scheduler/scheduler.ts';
import { createSns } from './sns/sns.ts';
import { makeStateFolder, openDatabase } from './state-folder.ts';
import { createInvokeHttp } from './states/integrations/http.ts';
import { createStates } from './states/states.ts';
import { createCustomResources } from './template/custom-resource.ts';
import type { Deployment } from './template/deploy.ts';
import { createDeployer } from './template/deployer.ts';
import { inertProvisioners } from './template/inert.ts';

export interface RuntimeOptions {
  /** The cloud assembly: what `cdk synth` wrote. */
  readonly assemblyDir: string;
  /** What must survive a restart is kept here; made if missing. */
  readonly stateDir: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly log: Log;
  readonly clock?: Clock;
  /** For fault tests: an event of AWS's own for which this says true never comes. */
  readonly drop?: (event: ServiceEvent) => boolean;
}

export interface Runtime {
  readonly baseUrl: string;
  readonly adminToken: string;
  readonly meter: Meter;
  /** The latest. */
  readonly deployment: () => Deployment;
  /**
   * Deploys the assembly as it is in its folder now, while everything goes on; runs end on the revision that they began with. Rejects with an
   * `Error` of one sentence when it can't be, and then the last good one is deployed again.
   */
  redeploy(): Promise<void>;
  /** Makes an AWS call, as a function would. */
  readonly call: AwsCall;
  /** Ends it cleanly: what runs is cut off and goes on at the next start. */
  close(): Promise<void>;
}

/**
 * Runs a cloud assembly in this process. Resolves when it is ready to be called. Rejects with an `Error` of one sentence when the
 * assembly asks for what is not supported, the port is taken, or another runtime uses the folder.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { assemblyDir, stateDir, log, clock = systemClock } = options;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    makeStateFolder(stateDir);
    // Its lock is what keeps a second runtime out of the folder, so it comes before the rest of the state.
    const meter = createMeter();
    const dynamodb = await createDynamoDb({ path: join(stateDir, 'dynamodb'), clock, meter, log });
    closers.push(dynamodb.close);
    const db = openDatabase(stateDir);
    closers.push(() => db.close());
    const iam = createIam();
    const aws = createAws({ authorize: iam.authorize, meter, log });
    const call: AwsCall = aws.call;
    const endpoint = await createEndpoint({ call, callerOf: iam.callerOf });
    closers.push(endpoint.close);
    const awsEndpoint = () => endpoint.url;

    const shared = { db, call, clock, meter, log };
    const sqs = createSqs({ ...shared, awsEndpoint });
    const s3 = createS3(shared);
    const kms = createKms(shared);
    const sns = createSns(shared);
    const functions = createFunctions({
      ...shared,
      stateDir,
      awsEndpoint,
      accessKeyFor: iam.accessKeyFor,
      assertTrusts: iam.assertTrusts,
    });
    const mappings = createEventSourceMappings({ ...shared, roleOf: functions.roleOf });
    const bus = createBus(shared);
    const emit = (event: ServiceEvent) => {
      if (options.drop?.(event)) return;
      const line = describeStatusChange(event);
      if (line) log.line(line);
      bus.emit(event);
    };
    const secrets = createSecrets({ environment: process.env, file: '.env' });
    const connections = createConnections({ secrets, clock, log });
    const invokeHttp = createInvokeHttp({ authorize: iam.authorize, connections, clock, log });
    const states = createStates({ ...shared, emit, invokeHttp });
    const scheduler = createScheduler({ ...shared, assertTrusts: iam.assertTrusts });
    for (const part of [dynamodb, sqs, s3, kms, sns, functions, bus, states, scheduler]) aws.register(part.service);
    closers.push(sqs.close, s3.close, functions.close, mappings.close, bus.close, states.close, scheduler.close);

    const http = await createHttpApi({
      call,
      log,
      meter,
      port: options.port,
      onRequest: (request) => {
        const line = describeRequest(request);
        if (line) log.line(line);
      },
    });
    closers.push(http.close);

    const parts = [dynamodb, sqs, s3, kms, sns, functions, mappings, bus, connections, states, scheduler, http, iam];
    const deployer = createDeployer({
      provisioners: Object.assign({}, inertProvisioners, ...parts.map(({ provisioners }) => provisioners)),
      removers: Object.assign({}, ...[iam, mappings, bus, states, scheduler].map(({ removers }) => removers)),
      // A gateway serves its routes as they are deployed together.
      isRenewed: (type) => type.startsWith('AWS::ApiGatewayV2::'),
      customResources: () => createCustomResources({ db, call, clock, log }),
      log,
    });
    let deployment = await deployer.deploy(assemblyDir);
    for (const part of [dynamodb, s3, mappings]) part.start();
    for (const part of [functions, states, bus, scheduler]) part.resume();
    http.open();
    const adminToken = await adminTokenOf({ stateDir, baseUrl: http.baseUrl, call, deployment });
    const redeploy = async () => {
      deployment = await deployer.deploy(assemblyDir);
      http.open();
      functions.renewWorkers();
    };
    return { baseUrl: http.baseUrl, adminToken, meter, deployment: () => deployment, redeploy, call, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const localStackSchema = v.object({ adminToken: v.string() });
const bootstrapSchema = v.object({ token: v.string() });

/** The admin token of the last start if it is still good, else a new one from the bootstrap function; written to `local.json`. */
async function adminTokenOf(stack: { stateDir: string; baseUrl: string; call: AwsCall; deployment: Deployment }): Promise<string> {
  const file = join(stack.stateDir, 'local.json');
  const earlier = readAdminToken(file);
  const adminToken = earlier && (await isGood(stack.baseUrl, earlier)) ? earlier : await bootstrap(stack);
  writeFileSync(file, `${JSON.stringify({ baseUrl: stack.baseUrl, adminToken, workspace: 'default' }, null, 2)}\n`, {
    mode: 0o600,
  });
  chmodSync(file, 0o600);
  return adminToken;
}

function readAdminToken(file: string): string | undefined {
  try {
    return v.parse(localStackSchema, JSON.parse(readFileSync(file, 'utf8'))).adminToken;
  } catch {
    // No file, or not one of ours: a new token replaces it.
    return undefined;
  }
}

async function isGood(baseUrl: string, token: string): Promise<boolean> {
  const answer = await fetch(`${baseUrl}/v1/tokens?limit=1`, { headers: { authorization: `Bearer ${token}` } });
  await answer.body?.cancel();
  return answer.ok;
}

async function bootstrap({ call, deployment }: { call: AwsCall; deployment: Deployment }): Promise<string> {
  const name = Object.values(deployment.outputs).flatMap((outputs) => outputs.BootstrapFunctionName ?? [])[0];
  if (!name) throw new Error('No stack has the output BootstrapFunctionName, so there is no admin token to be had.');
  const input = { FunctionName: name, InvocationType: 'RequestResponse', Payload: JSON.stringify({ name: 'local' }) };
  const answer = await call('lambda', 'Invoke', input, { kind: 'operator' });
  if (answer.FunctionError) throw new Error(`The bootstrap function failed; its log in the state folder has the reason.`);
  return v.parse(bootstrapSchema, JSON.parse(String(answer.Payload))).token;
}
