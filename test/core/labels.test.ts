import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { hasLabel, labelSchema, labelsSchema } from '../../core/labels.ts';

describe('labels', () => {
  test.each([
    [{ team: 'billing', 'app/tier': 'Gold 1' }, true],
    [{ Team: 'billing' }, false],
    [{ team: '' }, false],
    [{ team: 7 }, false],
    [{ team: '=x' }, false],
    [['team'], false],
    [Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`l${at}`, 'x'])), false],
  ])('%j are labels: %s', (labels, valid) => {
    expect(v.is(labelsSchema, labels)).toBe(valid);
  });

  test.each([
    ['team=billing', true],
    ['team', false],
    ['team=', false],
    ['=billing', false],
  ])('%s is a label: %s', (label, valid) => {
    expect(v.is(labelSchema, label)).toBe(valid);
  });

  test('are found by name and value', () => {
    const labels = { team: 'billing' };
    expect([hasLabel(labels, 'team=billing'), hasLabel(labels, 'team=ops'), hasLabel(labels, 'constructor=x')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(hasLabel(undefined, 'team=billing')).toBe(false);
  });
});
