import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { App, Stack } from 'aws-cdk-lib/core';
import { addMillrace } from '../../lib/millrace.ts';

// Millrace beside a stack of somebody else, with a state machine that a workflow of test/e2e/imported-workflows imports.
const app = new App({ context: { 'aws:cdk:enable-asset-metadata': true } });
const stack = new Stack(app, 'Elsewhere');
const answer = Pass.jsonata(stack, 'Answer', { outputs: { from: 'elsewhere', asked: '{% $states.input.workflow.input.body %}' } });
new StateMachine(stack, 'Machine', {
  stateMachineName: 'Elsewhere',
  definitionBody: DefinitionBody.fromChainable(answer),
  role: new Role(stack, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') }),
});
addMillrace(app);
app.synth();
