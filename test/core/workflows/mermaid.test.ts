import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mermaidOf, type PathStep } from '../../../core/workflows/mermaid.ts';

const linesOf = (text: string) => text.split('\n').map((line) => line.trim());

/** The drawing's ways as `from -> to`, by the states' names, with the indexes of those that are marked. */
function waysOf(text: string) {
  const lines = linesOf(text);
  const names = new Map(
    lines.flatMap((line) => {
      const [, id, label] = /^(?:subgraph )?(\w+)[[({]+"(.*?)(?:<br\/>.*)?"[\])}]+$/.exec(line) ?? [];
      return id !== undefined && label !== undefined ? [[id, label] as const] : [];
    }),
  );
  const ways = lines.flatMap((line) => {
    const [, from = '', to = ''] = /^(\w+) -\.?->(?:\|".*"\|)? (\w+)$/.exec(line) ?? [];
    return from ? [`${names.get(from)} -> ${names.get(to)}`] : [];
  });
  const marked = /linkStyle ([\d,]+) /.exec(text)?.[1]?.split(',').map(Number) ?? [];
  return { ways, taken: marked.map((index) => ways[index]) };
}

const ORDER = {
  StartAt: 'Check',
  States: {
    Check: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $total > 100 %}', Next: 'Ask' }],
      Default: 'Ship',
    },
    Ask: { Type: 'Task', Resource: 'x', Catch: [{ ErrorEquals: ['Denied', 'States.Timeout'], Next: 'Refused' }], Next: 'Ship' },
    Ship: { Type: 'Task', Resource: 'x', End: true },
    Refused: { Type: 'Fail' },
  },
};

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const step = (taskName: string, from: number, until: number, flowTaskStatus = 'completed'): PathStep => ({
  taskName,
  startTime: at(from),
  duration: (until - from) * 1000,
  flowTaskStatus,
});

describe('a definition as Mermaid', () => {
  test('shows states by their kind and ways with what they depend on', () => {
    const lines = linesOf(mermaidOf(ORDER));

    expect(lines[0]).toBe('flowchart TD');
    expect(lines).toEqual(expect.arrayContaining(['s1{"Check"}', 's2["Ask"]', 's4[["Refused"]]']));
    expect(lines).toEqual(
      expect.arrayContaining(['start --> s1', 's1 -->|"$total #62; 100"| s2', 's1 -->|"otherwise"| s3', 's3 --> done']),
    );
    expect(lines).toContain('s2 -.->|"Denied, States.Timeout"| s4');
  });

  test('puts the insides of Parallel and Map into subgraphs', () => {
    const one = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
    const text = mermaidOf({
      StartAt: 'Both',
      States: {
        Both: { Type: 'Parallel', Branches: [one('Left'), one('Right')], Next: 'Each' },
        Each: { Type: 'Map', ItemProcessor: one('Item'), End: true },
      },
    });

    expect(linesOf(text)).toEqual([
      'flowchart TD',
      'start(("start"))',
      'subgraph s1["Both"]',
      'subgraph s1b1["branch 1"]',
      's3("Left")',
      'end',
      'subgraph s1b2["branch 2"]',
      's4("Right")',
      'end',
      'end',
      'subgraph s2["Each (for each item)"]',
      's5("Item")',
      'end',
      'done((("end")))',
      'start --> s1',
      's1 --> s2',
      's2 --> done',
    ]);
  });

  test('says JSONPath comparisons in words', () => {
    const rule = {
      And: [{ Variable: '$.a', NumericGreaterThan: 3 }, { Not: { Variable: '$.b', IsPresent: true } }],
      Next: 'B',
    };
    const text = mermaidOf({ StartAt: 'A', States: { A: { Type: 'Choice', Choices: [rule] }, B: { Type: 'Succeed' } } });

    expect(text).toContain('|"($.a NumericGreaterThan 3) and (not ($.b IsPresent true))"|');
  });

  test('no name or condition gets out of its label', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      fc.constantFrom('"] --> x[', '%%{init: {}}%%', '`bold`', '$$x$$', '#quot;', '<script>', 'end', '\n  click s1', 'style: #x;'),
    );
    fc.assert(
      fc.property(nasty, nasty, (name, condition) => {
        const text = mermaidOf({
          StartAt: name,
          States: { [name]: { Type: 'Choice', Choices: [{ Condition: condition, Next: name }] } },
        });

        expect(linesOf(text)).toEqual([
          'flowchart TD',
          'start(("start"))',
          expect.stringMatching(/^s1\{"[^"`<>{}%;]*(#(quot|\d+);[^"`<>{}%;]*)*"\}$/),
          'start --> s1',
          expect.stringMatching(/^s1 -->\|"[^"`<>{}%;|]*(#(quot|\d+);[^"`<>{}%;|]*)*"\| s1$/),
        ]);
      }),
    );
  });

  test('takes anything for a definition', () => {
    fc.assert(fc.property(fc.anything(), (definition) => mermaidOf(definition).startsWith('flowchart TD')));
  });
});

describe('the path of a run', () => {
  test('marks the states and ways that were taken, with durations', () => {
    const steps = [step('Check', 0, 1), step('Ask', 1, 3), step('Ship', 3, 4)];

    const text = mermaidOf(ORDER, steps);

    expect(text).toContain('"Ask<br/>2000 ms"');
    expect(linesOf(text)).toContain('class s1,s2,s3 completed');
    expect(waysOf(text).taken).toEqual(['start -> Check', 'Check -> Ask', 'Ask -> Ship', 'Ship -> end']);
  });

  test("marks a catcher's way, and what failed or goes on as such", () => {
    const failed = mermaidOf(ORDER, [step('Check', 0, 1), step('Ask', 1, 3, 'failure'), step('Refused', 3, 3, 'failure')]);
    const running = mermaidOf(ORDER, [step('Check', 0, 1), step('Ask', 1, 3, 'waiting')]);

    expect(waysOf(failed).taken).toEqual(['start -> Check', 'Check -> Ask', 'Ask -> Refused']);
    expect(linesOf(failed)).toContain('class s2,s4 failed');
    expect(waysOf(running).taken).toEqual(['start -> Check', 'Check -> Ask']);
    expect(linesOf(running)).toContain('class s2 current');
  });

  test('counts the stays of a state in a loop or a Map, and tells iterations apart', () => {
    const definition = {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          End: true,
          ItemProcessor: {
            StartAt: 'Look',
            States: {
              Look: { Type: 'Choice', Choices: [{ Condition: true, Next: 'Long' }], Default: 'Short' },
              Long: { Type: 'Pass', Next: 'Short' },
              Short: { Type: 'Pass', End: true },
            },
          },
        },
      },
    };
    const steps = [
      step('Each', 0, 9),
      step('Look', 0, 1),
      step('Look', 0, 2),
      step('Long', 1, 3),
      step('Long', 2, 4),
      step('Short', 3, 5),
    ];

    const text = mermaidOf(definition, [...steps, step('Short', 4, 6)]);

    expect(text).toContain('"Look<br/>2 times, 3000 ms"');
    expect(waysOf(text).ways).toContain('Look -> Short');
    expect(waysOf(text).taken).toEqual([
      'start -> Each (for each item)',
      'Each (for each item) -> end',
      'Look -> Long',
      'Long -> Short',
    ]);
  });
});
