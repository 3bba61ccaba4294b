/** An event cannot go on the bus, for a reason of its own: the bus would not take it, or its payload could not be stored. Others can be told there. */
export class Unpublishable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'Unpublishable';
  }
}
