import type { JsonPath } from './source-text.ts';

/**
 * An IAM statement that allows. Derived resources may hold `${AWS::Partition}`, `${AWS::Region}`, `${AWS::AccountId}`, and `${StateMachine}` for
 * the name of the workflow's own state machine.
 */
export interface PermissionStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** What is wrong at a place in the definition, or in the `permissions` of workflow.yaml. */
export interface PermissionMistake {
  readonly path: JsonPath;
  readonly message: string;
}

const ACTION = /^[a-z0-9-]+:[A-Za-z0-9]+$/;

/** What names no service, and so everything. */
const EVERYTHING = /^(?:\*|arn:[^:]*[*?]|arn:[^:]*:[^:]*[*?])/;

/**
 * Actions for which AWS has no resource to name, of those that a workflow may want
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
 */
const WITHOUT_RESOURCE = [
  'cloudwatch:GetMetricData',
  'cloudwatch:PutMetricData',
  'comprehend:DetectDominantLanguage',
  'comprehend:DetectKeyPhrases',
  'ec2:DescribeInstances',
  'rekognition:DetectLabels',
  'rekognition:DetectText',
  's3:ListAllMyBuckets',
  'tag:GetResources',
  'textract:AnalyzeDocument',
  'textract:DetectDocumentText',
];

/** What is wrong with the `permissions` of workflow.yaml, at its place in that file. */
export function permissionMistakes(permissions: readonly PermissionStatement[]): PermissionMistake[] {
  return permissions.flatMap(({ actions, resources }, index) => {
    const mistakes: PermissionMistake[] = [];
    for (const [at, action] of actions.entries()) {
      if (ACTION.test(action)) continue;
      const message = action.includes('*')
        ? `The action ${action} has a wildcard; name each action, such as s3:GetObject.`
        : `The action ${action} must be of the form service:Action, such as s3:GetObject.`;
      mistakes.push({ path: ['permissions', index, 'actions', at], message });
    }
    const narrowable = actions.find((action) => !WITHOUT_RESOURCE.includes(action));
    for (const [at, resource] of resources.entries()) {
      const path = ['permissions', index, 'resources', at];
      if (EVERYTHING.test(resource)) {
        if (narrowable !== undefined)
          mistakes.push({ path, message: `The resource ${resource} is too wide for ${narrowable}; name the ARNs it may use.` });
      } else if (!resource.startsWith('arn:')) {
        mistakes.push({ path, message: `The resource ${resource} is not an ARN.` });
      }
    }
    return mistakes;
  });
}
