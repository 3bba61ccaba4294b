/** PutRule's `InvalidEventPatternException`: the pattern is not one that EventBridge accepts. The sentence names the place in the pattern. */
export class InvalidEventPattern extends Error {
  /** The place in the pattern. */
  readonly path: readonly string[];
  readonly problem: string;

  constructor(path: readonly string[], problem: string) {
    super(
      path.length === 0
        ? `The event pattern is not valid: ${problem}.`
        : `The event pattern is not valid at ${path.join('.')}: ${problem}.`,
    );
    this.name = 'InvalidEventPattern';
    this.path = path;
    this.problem = problem;
  }
}
