import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import { ManagementApi } from './api.ts';
import { Bus } from './bus.ts';
import { Callbacks } from './callbacks.ts';
import type { StageConfig } from './config.ts';
import { PublicHttpApi } from './http-api.ts';
import { Ingest } from './ingest.ts';
import { Launch } from './launch.ts';
import { Notifications } from './notifications.ts';
import { Query } from './query.ts';
import { Record } from './record.ts';
import { Registration } from './registration.ts';
import type { StateStack } from './state-stack.ts';
import type { WorkflowHome } from './workflow.ts';
import { WorkflowMachines } from './workflow-machines.ts';

export interface PlatformStackProps extends StackProps {
  /** The settings of its stage: `configOf(stage)`, or some of them changed. */
  readonly config: StageConfig;
  readonly state: StateStack;
  /** What the names of its workflows' state machines begin with: by this prefix it may start them. */
  readonly workflowsStackName: string;
}

/** The map: ingest -> bus -> launch -> record -> query. It wires, and defines nothing itself. */
export class PlatformStack extends Stack {
  readonly workflowHome: WorkflowHome;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props);
    const { config, state } = props;
    const defaults = { config, logKey: state.key };
    const machines = new WorkflowMachines(this, props.workflowsStackName);
    const alarms = new Alarms(this, 'Alarms', { email: config.alarmEmail });
    const http = new PublicHttpApi(this, 'Http', { defaults });

    // Wired from the end of the flow to its beginning: each part is given what comes after it.
    const launch = new Launch(this, 'Launch', { defaults, state, machines, alarms });
    const bus = new Bus(this, 'Bus', { config, launch, workflowsStackName: props.workflowsStackName });
    new Ingest(this, 'Ingest', { defaults, state, bus, http, alarms });
    const { recordFunction } = new Record(this, 'Record', { defaults, state, bus, launch, machines, alarms });
    new Query(this, 'Query', { defaults, state, bus, machines, http });
    const notifications = new Notifications(this, 'Notifications', { defaults, state, bus, http, alarms });
    const api = new ManagementApi(this, 'Api', { defaults, state, machines, bus, launch, notifications, http, alarms });
    const { callbacksArn } = new Callbacks(this, 'Callbacks', { defaults, state, machines, http });
    const { serviceToken } = new Registration(this, 'Registration', { defaults, state, bus, machines, alarms });
    this.workflowHome = {
      defaults,
      stackName: props.workflowsStackName,
      registryToken: serviceToken,
      callbacksArn,
      triggers: bus.triggerHome,
      imports: { machines, record: recordFunction, alarmTopic: alarms.topic },
    };

    // Exported whether they are in use or not: else the last trigger or import that uses one could not be removed, because this stack is
    // deployed first (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html).
    machines.exportRoles();
    const used = [callbacksArn, recordFunction.functionArn, alarms.topic.topicArn, ...Object.values(bus.triggerHome)];
    for (const value of used) this.exportValue(value);

    new CfnOutput(this, 'Url', { value: http.url, description: 'The base URL of webhooks and of the management API.' });
    new CfnOutput(this, 'BootstrapFunctionName', {
      value: api.bootstrapFunctionName,
      description: 'Invoke it for an admin token.',
    });
  }
}
