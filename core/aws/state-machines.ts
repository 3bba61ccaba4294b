import {
  DeleteStateMachineVersionCommand,
  DescribeStateMachineCommand,
  type SFNClient,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';

/** `STANDARD` or `EXPRESS`; undefined when there is no such state machine, or it cannot be looked at yet. */
export async function findMachineType(states: SFNClient, stateMachineArn: string): Promise<string | undefined> {
  try {
    return (await states.send(new DescribeStateMachineCommand({ stateMachineArn, includedData: 'METADATA_ONLY' }))).type;
  } catch (error) {
    if (error instanceof StateMachineDoesNotExist) return undefined;
    // A grant made a moment ago (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
    if (error instanceof Error && error.name === 'AccessDeniedException') return undefined;
    throw error;
  }
}

/** Its executions go on (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html). */
export async function deleteVersion(states: SFNClient, stateMachineVersionArn: string): Promise<void> {
  await states.send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn }));
}
