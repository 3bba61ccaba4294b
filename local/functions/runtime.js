/**
 * What runs inside a function's worker thread: Lambda's Node.js runtime in small. It imports the handler once (the cold start),
 * then serves one invocation at a time. Its messages are typed in execution-environment.ts.
 */
import { access } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

const { taskRoot, handler: handlerName, ...fixedContext } = workerData;
const send = (message) => parentPort.postMessage(message);

class InitError extends Error {
  constructor(errorType, message) {
    super(message);
    this.errorType = errorType;
  }
}

/** The error's JSON, as https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html shows it. */
function errorPayload(error, errorType) {
  if (!(error instanceof Error)) return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
  const trace = (error.stack ?? '').split('\n');
  return errorType
    ? JSON.stringify({ errorType, errorMessage: `${error.name}: ${error.message}`, trace })
    : JSON.stringify({ errorType: error.name, errorMessage: error.message, trace });
}

function initErrorType(error) {
  if (error instanceof InitError) return error.errorType;
  if (error instanceof SyntaxError) return 'Runtime.UserCodeSyntaxError';
  return ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error?.code) ? 'Runtime.ImportModuleError' : undefined;
}

async function entryFile(moduleName) {
  for (const extension of ['.js', '.mjs', '.cjs']) {
    const file = path.resolve(taskRoot, moduleName + extension);
    const found = await access(file).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  throw new InitError('Runtime.ImportModuleError', `Cannot find module '${moduleName}'`);
}

async function loadHandler() {
  const [, folder = '', module, exportName] = /^(.*\/)?([^/.]+)\.([^/]+)$/.exec(handlerName) ?? [];
  if (module === undefined) throw new InitError('Runtime.MalformedHandlerName', `Bad handler ${handlerName}`);
  const loaded = await import(pathToFileURL(await entryFile(folder + module)).href);
  // A CommonJS module's exports are its default export when its names can't be told beforehand.
  const handler = loaded[exportName] ?? loaded.default?.[exportName];
  if (typeof handler !== 'function') throw new InitError('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  // From Node.js 24 on there are no callbacks: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
  if (handler.length > 2) {
    throw new InitError('Runtime.CallbackHandlerDeprecated', `${handlerName} takes a callback; return a promise instead`);
  }
  return handler;
}

async function invoke(handler, { requestId, payload, invokedFunctionArn, clientContext, timeoutMs }) {
  const deadline = performance.now() + timeoutMs;
  const context = {
    ...fixedContext,
    awsRequestId: requestId,
    invokedFunctionArn,
    clientContext: clientContext && JSON.parse(clientContext),
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
  let result;
  try {
    result = await handler(JSON.parse(payload), context);
  } catch (error) {
    return { kind: 'error', payload: errorPayload(error) };
  }
  try {
    return { kind: 'result', payload: JSON.stringify(result) ?? 'null' };
  } catch {
    return { kind: 'error', payload: errorPayload(new Error('Unable to stringify response body'), 'Runtime.MarshalError') };
  }
}

try {
  const handler = await loadHandler();
  parentPort.on('message', async (request) => send(await invoke(handler, request)));
  send({ kind: 'ready' });
} catch (error) {
  send({ kind: 'error', payload: errorPayload(error, initErrorType(error)) });
}
