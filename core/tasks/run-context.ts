type Json = Readonly<Record<string, unknown>>;

/** The run that calls a task. */
interface RunContext {
  readonly activityId: string | undefined;
  readonly workflowId: string | undefined;
}

/**
 * The definition with its run told to each of its own tasks, and to the platform's functions that it calls, beside their payload, in Lambda's
 * client context: so the task's logs can name the run, and the platform knows it, whatever the payload is. `isTask` knows these functions. Those called by the function's ARN as the resource get none:
 * that form has nothing but a payload (https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html).
 */
export function withRunContext(definition: object, workflowId: string, isTask: (functionArn: unknown) => boolean): object {
  const { QueryLanguage: language = 'JSONPath' } = definition as Json;

  const machine = (inner: unknown): unknown => {
    if (!isObject(inner) || !isObject(inner.States)) return inner;
    return { ...inner, States: Object.fromEntries(Object.entries(inner.States).map(([name, each]) => [name, state(each)])) };
  };

  const state = (each: unknown): unknown => {
    if (!isObject(each)) return each;
    const isJsonata = (each.QueryLanguage ?? language) === 'JSONata';
    const field = isJsonata ? 'Arguments' : 'Parameters';
    const given = each[field];
    const told =
      isObject(given) && isTask(given.FunctionName) && !('ClientContext' in given) && !('ClientContext.$' in given)
        ? { [field]: { ...given, ...(isJsonata ? inJsonata(workflowId) : inJsonPath(workflowId)) } }
        : {};
    return {
      ...each,
      ...told,
      ...(Array.isArray(each.Branches) && { Branches: each.Branches.map(machine) }),
      ...('ItemProcessor' in each && { ItemProcessor: machine(each.ItemProcessor) }),
      ...('Iterator' in each && { Iterator: machine(each.Iterator) }),
    };
  };

  return machine(definition) as object;
}

/** An execution's name is its run's id. */
const inJsonata = (workflowId: string): Json => ({
  ClientContext: `{% $base64encode($string({"custom": {"activityId": $states.context.Execution.Name, "workflowId": "${workflowId}"}})) %}`,
});

/** Braces that belong to the text are escaped: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
const inJsonPath = (workflowId: string): Json => ({
  'ClientContext.$': `States.Base64Encode(States.Format('\\{"custom":\\{"activityId":"{}","workflowId":"${workflowId}"\\}\\}', $$.Execution.Name))`,
});

/** What `withRunContext` told, as Lambda hands it over (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html). Takes anything. */
export function readRunContext(clientContext: unknown): RunContext {
  const { custom } = isObject(clientContext) ? clientContext : {};
  const { activityId, workflowId } = isObject(custom) ? custom : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { activityId: text(activityId), workflowId: text(workflowId) };
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
