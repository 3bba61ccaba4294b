/** How a list is written (https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#url-encode-request-body). */
export type ListFormat = 'INDICES' | 'REPEAT' | 'COMMAS' | 'BRACKETS';

/** A JSON object as `application/x-www-form-urlencoded`; what is nested gets its path as its key: `metadata[order]`. */
export function formEncoded(body: Readonly<Record<string, unknown>>, format: ListFormat): string {
  return Object.entries(body)
    .flatMap(([key, value]) => pairs(key, value, format))
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join('&');
}

function pairs(key: string, value: unknown, format: ListFormat): [key: string, value: string][] {
  if (Array.isArray(value)) {
    if (format === 'COMMAS') return [[key, value.map(asText).join(',')]];
    return value.flatMap((item, index) => pairs(keyOfItem(key, index, format), item, format));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, item]) => pairs(`${key}[${name}]`, item, format));
  }
  return [[key, asText(value)]];
}

function keyOfItem(key: string, index: number, format: Exclude<ListFormat, 'COMMAS'>): string {
  if (format === 'REPEAT') return key;
  return format === 'BRACKETS' ? `${key}[]` : `${key}[${index}]`;
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
