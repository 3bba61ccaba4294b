/** Takes a token if there is one. */
export type TokenBucket = () => boolean;

/**
 * The token bucket of https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html: it holds `burst` tokens at most
 * and gains `rate` a second. `now` gives milliseconds.
 */
export function createTokenBucket(rate: number, burst: number, now: () => number): TokenBucket {
  let tokens = burst;
  let filledAt = now();
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + ((time - filledAt) / 1000) * rate);
    filledAt = time;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
