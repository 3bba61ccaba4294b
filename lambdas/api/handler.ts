import { httpHandler } from '../middleware/http-handler.ts';
import { answer } from './answer.ts';
import { openApi } from './api.ts';
import { apiEnvironment } from './env.ts';

const api = openApi(apiEnvironment.read());

/** `ANY /v1/{proxy+}`: the management API. */
export const handler = httpHandler(({ rawPath, raw }) => answer(api, rawPath, raw));
