/** PutRule's `InvalidEventPatternException`: the pattern is not one that EventBridge accepts. The sentence names the place in the pattern. */
export class InvalidEventPattern extends Error {
  constructor(path: readonly string[], problem: string) {
    super(
      path.length === 0
        ? `The event pattern is not valid: ${problem}.`
        : `The event pattern is not valid at ${path.join('.')}: ${problem}.`,
    );
    this.name = 'InvalidEventPattern';
  }
}
