/** A stay in a state, as a run tells it. */
export interface PathStep {
  /** The state's name. */
  readonly taskName: string;
  /** ISO 8601. */
  readonly startTime?: string | undefined;
  /** Milliseconds. */
  readonly duration?: number | undefined;
  readonly flowTaskStatus: string;
}

type Json = Readonly<Record<string, unknown>>;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** Is it the way of a catcher, and so of a state that failed? */
  readonly caught: boolean;
}

/** What is drawn, line by line, and what of it belongs to which state. */
interface Drawing {
  readonly lines: string[];
  readonly edges: Edge[];
  /** Ids by the states' names, which are unique in the whole definition. */
  readonly ids: Map<string, string>;
  readonly labelOf: (name: string, state: Json) => string;
}

const START = 'start';
const END = 'done';
const LONGEST_LABEL = 80;

const SHAPES: Readonly<Record<string, readonly [string, string]>> = {
  Task: ['[', ']'],
  Pass: ['(', ')'],
  Choice: ['{', '}'],
  Wait: ['{{', '}}'],
  Succeed: ['([', '])'],
  Fail: ['[[', ']]'],
};

/**
 * A definition as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html): choices are labelled with their conditions,
 * catchers' ways are dashed, the insides of Parallel and Map are subgraphs. `steps`, in the order of entering, marks the path that a
 * run took: `durationOf` says milliseconds. What the definition leaves out or has wrong is left out; nothing is raised.
 */
export function mermaidOf(definition: unknown, steps?: readonly PathStep[], durationOf = (ms: number) => `${ms} ms`): string {
  const ids = new Map<string, string>();
  const labelOf = (name: string, state: Json) => {
    const kind = state.Type === 'Map' ? `${name} (for each item)` : name;
    const stays = steps?.filter(({ taskName }) => taskName === name) ?? [];
    if (stays.length === 0) return quoted(kind);
    const total = stays.reduce((sum, { duration = 0 }) => sum + duration, 0);
    return quoted(kind, `${stays.length > 1 ? `${stays.length} times, ` : ''}${durationOf(total)}`);
  };
  const drawing: Drawing = { lines: [], edges: [], ids, labelOf };
  const machine = objectOf(definition);
  drawing.lines.push(`  ${START}(("start"))`);
  drawStates(drawing, machine, '  ', END);
  const first = ids.get(String(machine.StartAt));
  if (first) drawing.edges.unshift({ from: START, to: first, caught: false });
  if (drawing.edges.some(({ to }) => to === END)) drawing.lines.push(`  ${END}((("end")))`);
  const links = drawing.edges.map(
    ({ from, to, label, caught }) => `  ${from} ${caught ? '-.->' : '-->'}${label === undefined ? '' : `|${quoted(label)}|`} ${to}`,
  );
  const marks = steps ? marksOf(drawing, steps) : [];
  return ['flowchart TD', ...drawing.lines, ...links, ...marks].join('\n');
}

/** Draws a machine's, branch's or item processor's states; `end` is where its last states lead, if that is drawn. */
function drawStates(drawing: Drawing, machine: Json, indent: string, end?: string): void {
  const states = Object.entries(objectOf(machine.States)).map(([name, state]) => [name, objectOf(state)] as const);
  for (const [name] of states) drawing.ids.set(name, `s${drawing.ids.size + 1}`);
  for (const [name, state] of states) {
    const from = idOf(drawing, name);
    const lead = (target: unknown, caught: boolean, label?: string) => {
      const to = states.some(([other]) => other === target) ? drawing.ids.get(String(target)) : undefined;
      if (to) drawing.edges.push({ from, to, caught, ...(label !== undefined && { label }) });
    };
    for (const rule of listOf(state.Choices)) lead(rule.Next, false, conditionOf(rule));
    lead(state.Default, false, 'otherwise');
    lead(state.Next, false);
    for (const catcher of listOf(state.Catch)) lead(catcher.Next, true, [catcher.ErrorEquals].flat().join(', '));
    if (end && (state.End === true || state.Type === 'Succeed')) drawing.edges.push({ from, to: end, caught: false });
  }
  for (const [name, state] of states) drawState(drawing, name, state, indent);
}

function drawState(drawing: Drawing, name: string, state: Json, indent: string): void {
  const id = idOf(drawing, name);
  const label = drawing.labelOf(name, state);
  const inner = [...listOf(state.Branches), ...[state.ItemProcessor ?? state.Iterator].filter(isObject)];
  if (inner.length === 0) {
    const [open, close] = SHAPES[String(state.Type)] ?? ['[', ']'];
    drawing.lines.push(`${indent}${id}${open}${label}${close}`);
    return;
  }
  drawing.lines.push(`${indent}subgraph ${id}[${label}]`);
  for (const [index, machine] of inner.entries()) {
    if (state.Branches === undefined) {
      drawStates(drawing, machine, `${indent}  `);
    } else {
      drawing.lines.push(`${indent}  subgraph ${id}b${index + 1}[${quoted(`branch ${index + 1}`)}]`);
      drawStates(drawing, machine, `${indent}    `);
      drawing.lines.push(`${indent}  end`);
    }
  }
  drawing.lines.push(`${indent}end`);
}

/** A Choice rule in words: its JSONata condition, or its JSONPath comparison. */
function conditionOf(rule: Json): string {
  const { Condition: condition } = rule;
  if (condition !== undefined) return String(condition).replace(/^\{%(.*)%\}$/s, '$1');
  if (isObject(rule.Not)) return `not (${conditionOf(rule.Not)})`;
  for (const [field, word] of [
    ['And', ' and '],
    ['Or', ' or '],
  ] as const) {
    if (field in rule)
      return listOf(rule[field])
        .map((part) => `(${conditionOf(part)})`)
        .join(word);
  }
  const [operator, value] =
    Object.entries(rule).find(([key]) => !['Variable', 'Next', 'Comment', 'Assign', 'Output'].includes(key)) ?? [];
  return [rule.Variable, operator, JSON.stringify(value)].filter((part) => part !== undefined).join(' ');
}

/** The lines that colour the states and ways of a run. */
function marksOf({ ids, edges }: Drawing, steps: readonly PathStep[]): string[] {
  const named = new Map<string, string[]>([
    ['completed', []],
    ['failed', []],
    ['current', []],
  ]);
  for (const [name, id] of ids) {
    const last = steps.findLast(({ taskName }) => taskName === name);
    if (last) named.get(classOf(last.flowTaskStatus))?.push(id);
  }
  const taken = takenEdges(ids, edges, steps);
  const links = edges.flatMap((edge, index) => (taken.has(edge) ? [index] : []));
  return [
    '  classDef completed stroke:#1a7f37,stroke-width:3px',
    '  classDef failed stroke:#cf222e,stroke-width:3px',
    '  classDef current stroke:#0969da,stroke-width:3px',
    ...[...named].flatMap(([name, members]) => (members.length > 0 ? [`  class ${members.join(',')} ${name}`] : [])),
    ...(links.length > 0 ? [`  linkStyle ${links.join(',')} stroke:#1a7f37,stroke-width:3px`] : []),
  ];
}

function classOf(status: string): string {
  if (status === 'completed') return 'completed';
  return status === 'inProgress' || status === 'waiting' ? 'current' : 'failed';
}

/**
 * The ways that a run took. A stay in a state has one successor: of the stays that had ended and lead there, the one that ended last.
 * Where iterations of a Map run side by side it may have been another of its iterations, by a way that was taken as well. Of several
 * ways from one state to another, all that fit count.
 */
function takenEdges(ids: ReadonlyMap<string, string>, edges: readonly Edge[], steps: readonly PathStep[]): Set<Edge> {
  const taken = new Set<Edge>();
  const stays = steps.flatMap((step) => {
    const id = ids.get(step.taskName);
    const begun = Date.parse(step.startTime ?? '') || 0;
    return id
      ? [
          {
            id,
            begun,
            ended: begun + (step.duration ?? 0),
            caught: classOf(step.flowTaskStatus) === 'failed',
            status: step.flowTaskStatus,
          },
        ]
      : [];
  });
  const open = new Set<(typeof stays)[number]>();
  const fits = (edge: Edge, from: (typeof stays)[number], to: string) =>
    edge.from === from.id && edge.to === to && edge.caught === from.caught;
  for (const stay of stays) {
    const before = [...open].filter((from) => from.ended <= stay.begun && edges.some((edge) => fits(edge, from, stay.id)));
    const last = before.reduce<(typeof stays)[number] | undefined>(
      (one, from) => (one && one.ended > from.ended ? one : from),
      undefined,
    );
    if (last) {
      open.delete(last);
      for (const edge of edges) if (fits(edge, last, stay.id)) taken.add(edge);
    }
    open.add(stay);
  }
  const [first] = stays;
  for (const edge of edges) {
    if (edge.from === START && first) taken.add(edge);
    if (edge.to === END && [...open].some(({ id, status }) => id === edge.from && status === 'completed')) taken.add(edge);
  }
  return taken;
}

/**
 * A label in which nothing means anything to Mermaid: no quote, no markup, no directive, no formula, no entity
 * (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters). `below` comes on a line of its own.
 */
function quoted(label: string, below?: string): string {
  const plain = label.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim() || ' ';
  const characters = [...plain];
  const cut = characters.length > LONGEST_LABEL ? `${characters.slice(0, LONGEST_LABEL - 1).join('')}…` : plain;
  const escaped = cut.replaceAll(/[^\p{L}\p{N} .,_+=/()[\]'!?*@$…-]|\$(?=\$)|(?<=\$)\$/gu, (one) =>
    one === '"' ? '#quot;' : `#${one.codePointAt(0)};`,
  );
  return `"${escaped}${below === undefined ? '' : `<br/>${below}`}"`;
}

const idOf = ({ ids }: Drawing, name: string): string => ids.get(name) ?? name;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
