import { expect, test } from '@jest/globals';
import { createTokenBucket } from '../../../local/http-api/token-bucket.ts';

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
test('a bucket lets a burst through, then as many a second as its rate', () => {
  let now = 0;
  const take = createTokenBucket(2, 3, () => now);

  const burst = [take(), take(), take(), take()];
  now = 500;
  const later = [take(), take()];
  now = 60_000;
  const full = [take(), take(), take(), take()];

  expect(burst).toEqual([true, true, true, false]);
  expect(later).toEqual([true, false]);
  expect(full).toEqual([true, true, true, false]);
});
