import type { GraphState } from './state-graph.ts';

/** A variable's name may have 80 characters (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html). */
const LONGEST = 60;
const VARIABLE = /\$([\p{ID_Start}_][\p{ID_Continue}]*)/gu;

/** The variables that hold outputs of states, each named after its state and like nothing that the definition uses itself. */
export class OutputVariables {
  readonly #taken: Set<string>;
  readonly #names = new Map<GraphState, string>();

  /** `texts` are all strings and keys of the definition: whatever in them may be the name of a variable is taken. */
  constructor(texts: Iterable<string>) {
    this.#taken = new Set();
    for (const text of texts) {
      this.#taken.add(text);
      for (const [, name = ''] of text.matchAll(VARIABLE)) this.#taken.add(name);
    }
  }

  /** The states that have a variable. */
  get states(): readonly GraphState[] {
    return [...this.#names.keys()];
  }

  /** The name of the state's variable, without `$`. */
  nameOf(state: GraphState): string {
    const known = this.#names.get(state);
    if (known !== undefined) return known;
    const plain = `output_${[...state.name.replaceAll(/[^\p{ID_Continue}]+/gu, '_')].slice(0, LONGEST).join('')}`;
    let name = plain;
    for (let number = 2; this.#taken.has(name); number += 1) name = `${plain}_${number}`;
    this.#taken.add(name);
    this.#names.set(state, name);
    return name;
  }
}
