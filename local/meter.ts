/** What AWS would bill, counted: `lambda.requests`, `lambda.gbSeconds`, `dynamodb.readUnits`, `events.published`, `states.transitions`, ... */
export interface Meter {
  add(metric: string, amount: number): void;
  read(): Readonly<Record<string, number>>;
}

export function createMeter(): Meter {
  const totals = new Map<string, number>();
  return {
    add: (metric, amount) => void totals.set(metric, (totals.get(metric) ?? 0) + amount),
    read: () => Object.fromEntries([...totals].sort(([a], [b]) => a.localeCompare(b))),
  };
}
