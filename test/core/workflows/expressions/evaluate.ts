import { compileExpressions } from '../../../../core/workflows/expressions/compile.ts';
import { InvalidFileError, parseSourceText } from '../../../../core/workflows/source-text.ts';
import type { Json } from '../../../../local/aws/service.ts';
import { runStates } from '../../../local/states/asl/run-definition.ts';

type States = Readonly<Record<string, Json>>;

/** What a run is given: its input, with a workflow, an event and a trigger of its own. */
export const received = (workflow: Json = {}) => ({
  workflow: { id: 'welcome-user', revision: '7', workspace: 'default', input: {}, ...workflow },
  activityId: 'abc-on-user-created',
  trigger: { id: 'on-user-created', kind: 'event' },
  event: { id: 'abc', source: 'millrace.authing', type: 'user.created', time: '2027-01-02T03:04:05Z' },
});

const written = (states: States) => JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states });

function compile(states: States) {
  const source = parseSourceText('a.asl.json', written(states));
  return compileExpressions(source, source.value as Json);
}

/** The states of a definition as they come out of the compiler, the start first. */
export function compiled(states: States): States {
  const { mistakes, build } = compile(states);
  if (mistakes.length > 0) throw new InvalidFileError(mistakes);
  const { StartAt, States } = build(() => 'arn:aws:lambda:us-east-1:123456789012:function:work') as {
    StartAt: string;
    States: States;
  };
  return { [StartAt]: States[StartAt] ?? {}, ...States };
}

interface Given {
  readonly input?: unknown;
  /** States that run before, in this order, each without its Next. */
  readonly before?: States;
}

/** What a string becomes as the Output of the last state; throws when the run fails. */
export async function outputOf(text: unknown, { input = received(), before = {} }: Given): Promise<unknown> {
  const names = [...Object.keys(before), 'Here'];
  const earlier = Object.values(before).map((state, index) => [names[index], { ...state, Next: names[index + 1] }]);
  const states = { ...Object.fromEntries(earlier), Here: { Type: 'Pass', Output: text, End: true } };
  const { output, error, cause } = await runStates(compiled(states), { input });
  if (error !== undefined) throw new Error(`${error}: ${cause}`);
  return output;
}

/** The mistakes of a definition, their columns counted from the first character of `text`, which stands in it as it is. */
export function mistakesOf(states: States, text = ''): { column: number; message: string }[] {
  const begin = text === '' ? 0 : written(states).indexOf(JSON.stringify(text).slice(1, -1));
  return compile(states).mistakes.map(({ place, message }) => ({ column: Number(place.split(':')[2]) - begin, message }));
}
