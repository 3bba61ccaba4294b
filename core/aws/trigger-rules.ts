import {
  DeleteRuleCommand,
  LimitExceededException,
  ListRulesCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-eventbridge';
import {
  type KnownRule,
  RuleLimit,
  type RuleRemoval,
  type Rules,
  ruleNameOf,
  type TriggerRule,
} from '../triggers/change-event-trigger.ts';
import { LAUNCHER_TARGET_ID, launcherInputOf, RULE_RETRY } from '../triggers/rule-target.ts';
import { openRules } from './rules.ts';

/** Where the rules of triggers are, and what they reach. */
export interface RulePlace {
  readonly busName: string;
  readonly launcherArn: string;
  /** With this role a rule starts the launcher. */
  readonly ruleRoleArn: string;
  readonly retryQueueArn: string;
}

/** Listing and removing the rules of the triggers that are made at run time. */
export function openRuleRemoval(EventBusName: string): RuleRemoval {
  const client = openRules();

  async function list(): Promise<KnownRule[]> {
    const rules: KnownRule[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListRulesCommand({ EventBusName, NextToken }));
      rules.push(...(page.Rules ?? []).map(({ Name = '', EventPattern: pattern }) => ({ name: Name, pattern })));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return rules;
  }

  async function remove(triggerId: string): Promise<void> {
    const Name = ruleNameOf(triggerId);
    try {
      // A rule with targets can't be deleted (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html).
      await client.send(new RemoveTargetsCommand({ EventBusName, Rule: Name, Ids: [LAUNCHER_TARGET_ID] }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
    await client.send(new DeleteRuleCommand({ EventBusName, Name }));
  }

  return { list, remove };
}

/** The rules of the triggers that are made at run time. */
export function openTriggerRules({ busName: EventBusName, launcherArn, ruleRoleArn, retryQueueArn }: RulePlace): Rules {
  const client = openRules();
  const { list, remove } = openRuleRemoval(EventBusName);

  async function putTarget({ trigger }: TriggerRule): Promise<void> {
    const target = {
      Id: LAUNCHER_TARGET_ID,
      Arn: launcherArn,
      RoleArn: ruleRoleArn,
      InputTransformer: { InputTemplate: launcherInputOf({ ...trigger, kind: 'event' }) },
      RetryPolicy: {
        MaximumEventAgeInSeconds: RULE_RETRY.maximumEventAgeInSeconds,
        MaximumRetryAttempts: RULE_RETRY.maximumRetryAttempts,
      },
      DeadLetterConfig: { Arn: retryQueueArn },
    };
    const answer = await client.send(
      new PutTargetsCommand({ EventBusName, Rule: ruleNameOf(trigger.triggerId), Targets: [target] }),
    );
    // It answers 200 also when it refused (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html).
    const [failed] = answer.FailedEntries ?? [];
    if (failed) throw new Error(`The rule's target was refused: ${failed.ErrorCode ?? 'no reason'}.`);
  }

  async function put(rule: TriggerRule): Promise<string> {
    const { trigger, pattern, enabled } = rule;
    const known = (await list()).some(({ name }) => name === ruleNameOf(trigger.triggerId));
    try {
      const { RuleArn = '' } = await client.send(
        new PutRuleCommand({
          EventBusName,
          Name: ruleNameOf(trigger.triggerId),
          Description: `The trigger ${trigger.triggerId} of the workflow ${trigger.workflowId}.`,
          EventPattern: JSON.stringify(pattern),
          State: enabled ? 'ENABLED' : 'DISABLED',
          // PutRule of a rule that is there takes no tags (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html).
          ...(!known && {
            Tags: [
              { Key: 'millrace:workspace', Value: trigger.workspace },
              { Key: 'millrace:trigger', Value: trigger.triggerId },
            ],
          }),
        }),
      );
      await putTarget(rule);
      return RuleArn;
    } catch (error) {
      if (!known) await remove(trigger.triggerId);
      if (error instanceof LimitExceededException) throw new RuleLimit(error);
      throw error;
    }
  }

  return { list, put, remove };
}
