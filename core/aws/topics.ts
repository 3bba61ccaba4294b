import {
  FilterPolicyLimitExceededException,
  InvalidParameterException,
  PublishCommand,
  SNSClient,
  SNSServiceException,
  SubscribeCommand,
  SubscriptionLimitExceededException,
} from '@aws-sdk/client-sns';
import { conflict, unprocessable } from '../errors.ts';
import type { Notice } from '../notifications/notice.ts';
import { NotTold } from '../notifications/notify.ts';
import { clientSettings } from './client-settings.ts';

/** Without the SDK's own retries: a call that was not answered may have told somebody. */
export const openTopics = (): SNSClient => new SNSClient({ ...clientSettings, maxAttempts: 1 });

/** The attribute by which the subscription of one address takes what is for it alone. */
const ADDRESS = 'address';

/** Publishes a notice; to `address` alone, where it is given. Raises `NotTold` when SNS has refused it. */
export async function publishNotice(sns: SNSClient, topicArn: string, { subject, text }: Notice, address?: string): Promise<void> {
  try {
    await sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject,
        Message: text,
        ...(address !== undefined && { MessageAttributes: { [ADDRESS]: { DataType: 'String', StringValue: address } } }),
      }),
    );
  } catch (error) {
    if (error instanceof SNSServiceException && error.$fault === 'client')
      throw new NotTold(`SNS refused the notice with ${error.name}.`, error);
    throw error;
  }
}

/**
 * Has a topic send an address what is for it; SNS asks its owner first. The same again is the same subscription
 * (https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html, https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html).
 * Raises 422 for what SNS takes for no address, and 409 when the topic takes no more subscriptions.
 */
export async function subscribeAddress(sns: SNSClient, topicArn: string, address: string): Promise<void> {
  try {
    await sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'email',
        Endpoint: address,
        Attributes: { FilterPolicy: JSON.stringify({ [ADDRESS]: [address] }) },
      }),
    );
  } catch (error) {
    if (error instanceof InvalidParameterException) {
      throw unprocessable('SNS does not take this e-mail address.', [{ pointer: '/email', detail: 'is not taken by SNS' }]);
    }
    if (error instanceof FilterPolicyLimitExceededException || error instanceof SubscriptionLimitExceededException) {
      throw conflict('SNS takes no more addresses; raise its quota of filter policies, or name an address that was named before.');
    }
    throw error;
  }
}
