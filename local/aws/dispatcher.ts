import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import { type Authorize, type AwsCall, AwsError, type AwsService, type Caller, type Json } from './service.ts';

/** The local AWS: finds the service of a call, checks IAM, counts `<service>.calls` and shows the call with `--verbose`. */
export interface LocalAws {
  readonly call: AwsCall;
  /** Adds a service. Throws an `Error` when its name is taken. */
  register(service: AwsService): void;
}

const UNKNOWN_OPERATION = 'UnknownOperationException';

export function createAws(options: { authorize: Authorize; meter: Meter; log: Log; services?: readonly AwsService[] }): LocalAws {
  const { authorize, meter, log } = options;
  const services = new Map<string, AwsService>();

  const register = (service: AwsService) => {
    if (services.has(service.name)) throw new Error(`The service ${service.name} is registered twice.`);
    services.set(service.name, service);
  };
  for (const service of options.services ?? []) register(service);

  async function dispatch(name: string, operation: string, input: Json, caller: Caller, seen: (resource: string) => void) {
    const service = services.get(name);
    if (!service) throw new AwsError(UNKNOWN_OPERATION, `The service ${name} is not supported locally.`);
    const permissions = service.permissions(operation, input);
    seen(lastPart(permissions[0]?.resource ?? ''));
    if (caller.kind !== 'operator') for (const permission of permissions) authorize(caller, permission);
    return service.call(operation, input, caller);
  }

  return {
    register,
    async call(name, operation, input, caller) {
      const started = performance.now();
      let resource = '';
      const tell = (outcome: string) =>
        log.detail([callerName(caller), `${name}:${operation}`, resource, outcome].filter((word) => word !== '').join(' '));
      meter.add(`${name}.calls`, 1);
      try {
        const answer = await dispatch(name, operation, input, caller, (text) => {
          resource = text;
        });
        tell(`${Math.round(performance.now() - started)} ms`);
        return answer;
      } catch (cause) {
        const error = cause instanceof AwsError ? cause : internalFailure(name, operation, cause, log);
        if (error.code === UNKNOWN_OPERATION) log.line(`${name}:${operation} is not supported locally.`);
        tell(error.code);
        throw error;
      }
    },
  };
}

/** A defect of the runtime itself. Its message may quote a payload, so only its name and where it was thrown are shown. */
function internalFailure(service: string, operation: string, cause: unknown, log: Log): AwsError {
  const name = cause instanceof Error ? cause.name : typeof cause;
  log.line(`${service}:${operation} failed inside the local runtime (${name}); --verbose shows where.`);
  const frames = cause instanceof Error ? (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  for (const frame of frames.slice(0, 8)) log.detail(frame.trim());
  return new AwsError('InternalFailure', 'The local runtime failed to process the request.', 500);
}

function callerName(caller: Caller): string {
  if (caller.kind === 'role') return lastPart(caller.arn);
  return caller.kind === 'service' ? caller.principal : 'operator';
}

const lastPart = (arn: string): string => arn.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1);
