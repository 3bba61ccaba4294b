import { localArn } from '../template/provisioner.ts';

export const DEFAULT_BUS = 'default';

export const busArn = (name: string) => localArn('events', `event-bus/${name}`);

/** Rules of the default bus leave the bus's name out (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html). */
export const ruleArn = (bus: string, name: string) =>
  localArn('events', bus === DEFAULT_BUS ? `rule/${name}` : `rule/${bus}/${name}`);

export const archiveArn = (name: string) => localArn('events', `archive/${name}`);

export const replayArn = (name: string) => localArn('events', `replay/${name}`);

/** The name of a bus that is given by name or by ARN; absent is the default bus. */
export function busName(nameOrArn: string | undefined): string {
  if (nameOrArn === undefined) return DEFAULT_BUS;
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf('/') + 1) : nameOrArn;
}
