import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { clientSettings } from './client-settings.ts';

export const openRules = (): EventBridgeClient => new EventBridgeClient(clientSettings);

/** The input template of a rule's one target; undefined when it has none. Rejects when there is no such rule. */
export async function findInputTemplate(client: EventBridgeClient, ruleArn: string): Promise<string | undefined> {
  const { EventBusName, Name } = placeOf(ruleArn);
  const { Targets: targets = [] } = await client.send(new ListTargetsByRuleCommand({ EventBusName, Rule: Name }));
  return targets[0]?.InputTransformer?.InputTemplate;
}

/** Enables or disables a rule. Rejects when there is no such rule. */
export async function switchRule(client: EventBridgeClient, ruleArn: string, enabled: boolean): Promise<void> {
  const place = placeOf(ruleArn);
  await client.send(enabled ? new EnableRuleCommand(place) : new DisableRuleCommand(place));
}

/** `arn:aws:events:<region>:<account>:rule/<bus>/<name>`, without the bus for the default one (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html). */
function placeOf(ruleArn: string): { EventBusName: string | undefined; Name: string } {
  const [, EventBusName, Name = ''] = /:rule\/(?:([^/]+)\/)?([^/]+)$/.exec(ruleArn) ?? [];
  return { EventBusName, Name };
}
