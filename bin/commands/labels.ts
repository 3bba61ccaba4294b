import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { labelSchema, parseLabel } from '../../core/labels.ts';

export function parseOneLabel(text: string): string {
  if (v.is(labelSchema, text)) return text;
  throw new InvalidArgumentError('Give a name and a value, such as team=billing.');
}

/** `team=billing, tier=gold`; undefined for none. */
export const formatLabels = (labels: Readonly<Record<string, string>> | undefined): string | undefined =>
  labels &&
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');

/** For an option that may be given several times. */
export const collectLabels = (text: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  parseOneLabel(text),
];

export const labelsOf = (labels: readonly string[]): Record<string, string> =>
  Object.fromEntries(labels.map(parseLabel).map(({ name, value }) => [name, value]));
