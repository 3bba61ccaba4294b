/**
 * How every AWS client of ours is set: a call that hangs is given up early enough to be tried again within the function's own time.
 * Region, credentials and, in the local runtime, the endpoint come from the environment, as the SDK reads it.
 */
export const clientSettings = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};
