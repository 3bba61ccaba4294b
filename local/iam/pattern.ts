/**
 * Whether `pattern`, in which `*` stands for any characters and `?` for one, matches all of `text`.
 * Takes time proportional to the two lengths' product at most.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const character = pattern[next];
    if (character === '*') {
      star = next;
      starAt = at;
      next += 1;
    } else if (character === '?' || character === text[at]) {
      next += 1;
      at += 1;
    } else if (star >= 0) {
      next = star + 1;
      starAt += 1;
      at = starAt;
    } else return false;
  }
  while (pattern[next] === '*') next += 1;
  return next === pattern.length;
}

/**
 * Matches an ARN part by part: each of its six parts may have wildcards, none reaches over a colon but the last.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function matchesArn(pattern: string, arn: string): boolean {
  const expected = partsOf(pattern);
  const actual = partsOf(arn);
  if (pattern === '*') return true;
  return expected.length === actual.length && expected.every((part, index) => matchesPattern(part, actual[index] ?? ''));
}

function partsOf(arn: string): readonly string[] {
  const parts = arn.split(':');
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}
