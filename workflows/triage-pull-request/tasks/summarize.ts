import { task } from 'millrace/task';
import * as v from 'valibot';

const input = v.object({
  title: v.string(),
  /** Lines in all files. */
  additions: v.number(),
  deletions: v.number(),
  /** Empty when they are not known. */
  files: v.array(v.object({ path: v.string(), area: v.string(), lines: v.number() })),
});

/** The largest number of lines that still is of this size. */
const SIZES = [
  ['XS', 10],
  ['S', 50],
  ['M', 250],
  ['L', 1_000],
] as const;

/** Takes a pull request's title, counted lines and judged files; answers its size, the lines to review, and the labels it should have. */
export const handler = task({ input }, ({ title, additions, deletions, files }) => {
  const lines = files.length > 0 ? files.reduce((sum, file) => sum + file.lines, 0) : additions + deletions;
  const size = SIZES.find(([, largest]) => lines <= largest)?.[0] ?? 'XL';
  const areas = [...new Set(files.map(({ area }) => area))].filter((area) => area !== 'generated').sort();
  const isUntested = areas.includes('code') && !areas.includes('tests');
  const type = /^(feat|fix|docs|refactor|build)(\(.*\))?!?:/.exec(title)?.[1];
  const labels = [
    `size/${size}`,
    ...areas.map((area) => `area/${area}`),
    ...(type ? [`type/${type}`] : []),
    ...(isUntested ? ['needs-tests'] : []),
  ];
  return { size, lines, labels };
});
