/**
 * The parts of an execution's history event that steps are made of, as
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html has them.
 */
export interface HistoryEvent {
  readonly id: number | undefined;
  /** 0 or absent for the first events. */
  readonly previousEventId?: number | undefined;
  readonly type: string | undefined;
  readonly timestamp: Date | undefined;
  readonly executionStartedEventDetails?: { /** JSON text. */ readonly input?: string | undefined } | undefined;
  readonly stateEnteredEventDetails?:
    | { readonly name: string | undefined /** JSON text. */; readonly input?: string | undefined }
    | undefined;
  readonly stateExitedEventDetails?:
    | { readonly name: string | undefined /** JSON text. */; readonly output?: string | undefined }
    | undefined;
  readonly taskScheduledEventDetails?:
    | { /** Such as `sendMessage.waitForTaskToken`. */ readonly resource: string | undefined }
    | undefined;
}
