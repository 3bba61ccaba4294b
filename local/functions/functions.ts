import { devNull } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { AwsCall, AwsService } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import { LOCAL_REGION, type Provisioners } from '../template/provisioner.ts';
import { createAsynchronousInvocations } from './asynchronous-invocations.ts';
import { codeKeeper } from './code.ts';
import type { FunctionVersion } from './configuration.ts';
import { createFailedEvents } from './failed-events.ts';
import { createFunctionLogs } from './function-logs.ts';
import { functionReference } from './function-name.ts';
import { functionProvisioners } from './function-provisioners.ts';
import { createFunctionRegistry } from './function-registry.ts';
import { createInvoker } from './invoker.ts';
import { createLambdaService } from './lambda-service.ts';
import { createWorkerPool } from './worker-pool.ts';

export interface FunctionsOptions {
  readonly db: DatabaseSync;
  readonly call: AwsCall;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  /** Logs go to `logs/` in it. */
  readonly stateDir: string;
  /** The local AWS endpoint's URL, for the functions' AWS SDK. */
  readonly awsEndpoint: () => string;
  readonly accessKeyFor: (roleArn: string) => AccessKey;
  /** Throws unless the role's trust policy lets the service assume it. */
  readonly assertTrusts: (roleArn: string, servicePrincipal: string) => void;
}

interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Functions {
  readonly service: AwsService;
  readonly provisioners: Provisioners;
  /** The ARN of a function's execution role. Raises `ResourceNotFoundException`. */
  roleOf(functionArn: string): string;
  /** Goes on with asynchronous invocations that an earlier process left; to be called when everything is deployed. */
  resume(): void;
  /** Begins with cold workers, so that nothing that a function keeps in memory outlives a deployment. */
  renewWorkers(): void;
  /** Ends all workers. Asynchronous invocations that it cuts off run again after the next start. */
  close(): Promise<void>;
}

/** The local Lambda: runs the deployed bundles in worker threads. */
export function createFunctions(options: FunctionsOptions): Functions {
  const { db, call, clock, meter, log } = options;
  const registry = createFunctionRegistry(db, codeKeeper(join(options.stateDir, 'code')));
  const logs = createFunctionLogs(options.stateDir, log);
  const pool = createWorkerPool({
    clock,
    variables: (fn) => environmentVariables(fn, options.awsEndpoint(), options.accessKeyFor(fn.role)),
    onLine: (fn, line) => logs.write(fn.name, line),
    onDuration: (fn, ms) => meter.add('lambda.gbSeconds', (fn.memoryMb / 1024) * (Math.ceil(ms) / 1000)),
  });
  const invoker = createInvoker({ registry, pool, meter });
  const failed = createFailedEvents({ call, clock, log, registry });
  const asynchronous = createAsynchronousInvocations({ db, clock, log, registry, invoker, failed });
  return {
    service: createLambdaService({ registry, invoker, asynchronous }),
    provisioners: functionProvisioners(registry, options.assertTrusts),
    roleOf: (functionArn) => registry.find(functionReference(functionArn)).role,
    resume: asynchronous.resume,
    renewWorkers: pool.renew,
    async close() {
      asynchronous.close();
      await pool.close();
    },
  };
}

/** Of this process's own environment nothing is passed on. See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function environmentVariables(fn: FunctionVersion, awsEndpoint: string, key: AccessKey): Record<string, string> {
  return {
    ...fn.variables,
    _HANDLER: fn.handler,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_SESSION_TOKEN: key.sessionToken,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_ENDPOINT_URL: awsEndpoint,
    // Lambda has no such files; a developer's own must not lead a function to the real AWS.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: fn.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    LAMBDA_TASK_ROOT: fn.taskRoot,
    // Node.js keeps one time zone for all threads, so this only tells a function what AWS would.
    TZ: 'UTC',
  };
}
