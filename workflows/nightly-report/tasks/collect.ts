interface Period {
  /** ISO 8601 in UTC; `to` is not part of the period. */
  readonly from: string;
  readonly to: string;
}

class UnknownSection extends Error {
  constructor(section: string) {
    super(`There is no section ${section}.`);
    this.name = 'UnknownSection';
  }
}

/** Stands for what a team would ask its database or its analytics service. */
const SOURCES: Readonly<Record<string, (period: Period) => number>> = {
  orders: (period) => 12 * hoursIn(period),
  signups: (period) => 3 * hoursIn(period),
};

const hoursIn = ({ from, to }: Period): number => Math.round((Date.parse(to) - Date.parse(from)) / 3_600_000);

/** One section of the report: how many there were in the period. Raises `UnknownSection`. */
export async function handler({ section, ...period }: Period & { section: string }): Promise<{ section: string; total: number }> {
  const source = SOURCES[section];
  if (!source) throw new UnknownSection(section);
  return { section, total: source(period) };
}
