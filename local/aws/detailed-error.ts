import { AwsError, type Json } from './service.ts';

/** An error whose shape in the API reference has members besides its message, such as `Item` of `ConditionalCheckFailedException`. */
export class DetailedAwsError extends AwsError {
  readonly members: Json;
  constructor(code: string, message: string, members: Json, status = 400) {
    super(code, message, status);
    this.members = members;
  }
}
