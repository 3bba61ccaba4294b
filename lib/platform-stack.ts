import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import { ManagementApi } from './api.ts';
import { Bus } from './bus.ts';
import type { StageConfig } from './config.ts';
import { PublicHttpApi } from './http-api.ts';
import type { ImportHome } from './imported-machines.ts';
import { Ingest } from './ingest.ts';
import { Launch } from './launch.ts';
import { Query } from './query.ts';
import { Record } from './record.ts';
import { Registration } from './registration.ts';
import type { StateStack } from './state-stack.ts';
import type { TriggerHome } from './triggers.ts';
import { WorkflowMachines } from './workflow-machines.ts';

interface PlatformStackProps extends StackProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly workflowsStackName: string;
}

/** The map: ingest -> bus -> launch -> record -> query. It wires, and defines nothing itself. */
export class PlatformStack extends Stack {
  readonly registryToken: string;
  readonly triggerHome: TriggerHome;
  readonly importHome: ImportHome;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props);
    const { config, state } = props;
    const defaults = { config, logKey: state.key };
    const machines = new WorkflowMachines(this, props.workflowsStackName);
    const alarms = new Alarms(this, 'Alarms', { email: config.alarmEmail });
    const http = new PublicHttpApi(this, 'Http', { defaults });

    // Wired from the end of the flow to its beginning: each part is given what comes after it.
    const launch = new Launch(this, 'Launch', { defaults, state, machines, alarms });
    const bus = new Bus(this, 'Bus', { config, launch });
    this.triggerHome = bus.triggerHome;
    new Ingest(this, 'Ingest', { defaults, state, bus, http, alarms });
    const { recordFunction } = new Record(this, 'Record', { defaults, state, machines, alarms });
    new Query(this, 'Query', { defaults, state, machines, http });
    const api = new ManagementApi(this, 'Api', { defaults, state, machines, bus, http, alarms });
    this.registryToken = new Registration(this, 'Registration', { defaults, state, bus, machines, alarms }).serviceToken;
    this.importHome = { machines, record: recordFunction, alarmTopic: alarms.topic };

    // Exported whether they are in use or not: else the last trigger or import that uses one could not be removed, because this stack is
    // deployed first (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html).
    machines.exportRoles();
    const used = [recordFunction.functionArn, alarms.topic.topicArn, ...Object.values(this.triggerHome)];
    for (const value of used) this.exportValue(value);

    new CfnOutput(this, 'Url', { value: http.url, description: 'The base URL of webhooks and of the management API.' });
    new CfnOutput(this, 'BootstrapFunctionName', {
      value: api.bootstrapFunctionName,
      description: 'Invoke it for an admin token.',
    });
  }
}
