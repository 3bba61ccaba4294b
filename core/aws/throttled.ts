/** Step Functions took none of the attempts: its calls are token buckets per account. */
export class Throttled extends Error {
  constructor(cause: unknown) {
    super('Step Functions is being called too often.', { cause });
    this.name = 'Throttled';
  }
}
