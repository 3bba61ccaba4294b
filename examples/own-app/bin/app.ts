import { App } from 'aws-cdk-lib/core';
import { addMillrace } from 'millrace';
import { ShopStack } from '../lib/shop-stack.ts';

const app = new App();
const { platform } = addMillrace(app, { instance: 'Shop', workflows: ['workflows'] });
new ShopStack(app, 'Shop-dev-orders', { platform });
app.synth();
