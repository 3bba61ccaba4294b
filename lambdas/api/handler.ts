import { openTable } from '../../core/aws/table.ts';
import { openTriggerSwitch } from '../../core/aws/trigger-switch.ts';
import { httpHandler } from '../middleware/http-handler.ts';
import { answer } from './answer.ts';
import { openApi } from './api.ts';
import { apiEnvironment } from './env.ts';

const { TABLE_NAME, PUBLIC_URL } = apiEnvironment.read();
const api = openApi(openTable(TABLE_NAME), PUBLIC_URL, openTriggerSwitch());

/** `ANY /v1/{proxy+}`: the management API. */
export const handler = httpHandler(({ rawPath, raw }) => answer(api, rawPath, raw));
