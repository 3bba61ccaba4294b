import * as v from 'valibot';

/** Query or form fields: a string if the field came once, an array if it was repeated. Takes any text; raises nothing. */
export function parseFields(text: string): Record<string, string | string[]> {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) addField(fields, name, value);
  return Object.fromEntries(fields);
}

export function addField<V>(fields: Map<string, V | V[]>, name: string, value: V): void {
  const before = fields.get(name);
  if (before === undefined) fields.set(name, value);
  else if (Array.isArray(before)) before.push(value);
  else fields.set(name, [before, value]);
}

/** What `parseFields` gives. */
export const fieldsSchema = v.record(v.string(), v.union([v.string(), v.array(v.string())]));
