import { nearest } from './file/near.ts';

const INTEGRATION = /^arn:aws[a-z-]*:states:::([a-z0-9-]+):([A-Za-z0-9.-]+?)((?:\.(?:sync|waitForTaskToken)(?::2)?)?)$/;

interface Service {
  /** Undefined where the list is long and grows: those are for AWS to check. */
  readonly operations?: readonly string[];
  /** What it does besides answering at once. */
  readonly waits: readonly string[];
}

const SYNC = ['.sync'];
const TOKEN = ['.waitForTaskToken'];

/** The optimized integrations (https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html). */
const SERVICES: Readonly<Record<string, Service>> = {
  apigateway: { operations: ['invoke'], waits: TOKEN },
  athena: { waits: SYNC },
  batch: { waits: SYNC },
  bedrock: { waits: [...SYNC, ...TOKEN] },
  codebuild: { waits: SYNC },
  databrew: { waits: SYNC },
  dynamodb: { operations: ['getItem', 'putItem', 'updateItem', 'deleteItem'], waits: [] },
  ecs: { waits: [...SYNC, ...TOKEN] },
  eks: { waits: [...SYNC, ...TOKEN] },
  elasticmapreduce: { waits: SYNC },
  'emr-containers': { waits: SYNC },
  'emr-serverless': { waits: SYNC },
  events: { operations: ['putEvents'], waits: TOKEN },
  glue: { waits: SYNC },
  http: { operations: ['invoke'], waits: [] },
  lambda: { operations: ['invoke'], waits: TOKEN },
  mediaconvert: { waits: SYNC },
  sagemaker: { waits: SYNC },
  sns: { operations: ['publish'], waits: TOKEN },
  sqs: { operations: ['sendMessage'], waits: TOKEN },
  states: { operations: ['startExecution'], waits: [...SYNC, '.sync:2', ...TOKEN] },
};

/** What is wrong with a Task's `Resource` that is an optimized integration Step Functions doesn't have, said after the state's name. */
export function integrationProblem(resource: unknown): string | undefined {
  const [, service, operation = '', wait = ''] = (typeof resource === 'string' && INTEGRATION.exec(resource)) || [];
  if (service === undefined || service === 'aws-sdk') return undefined;
  const { operations, waits } = (Object.hasOwn(SERVICES, service) && SERVICES[service]) || {};
  if (waits === undefined) {
    const near = nearest(service, Object.keys(SERVICES));
    const other = `the API of a service is called by arn:aws:states:::aws-sdk:${service}:${operation}`;
    return `uses ${service}, which has no integration of its own; ${near === undefined ? `${other}.` : `did you mean ${near}?`}`;
  }
  if (operations && !operations.includes(operation)) {
    return `uses ${service}:${operation}, which is no integration; ${service} has ${operations.join(', ')}, and others by arn:aws:states:::aws-sdk:${service}:...`;
  }
  if (wait !== '' && !waits.includes(wait)) {
    const can = waits.length === 0 ? 'it cannot wait' : `it has ${waits.join(', ')}`;
    return `uses ${service}:${operation} with ${wait}, which it does not have; ${can}.`;
  }
  return undefined;
}
