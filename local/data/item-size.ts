/**
 * An item's size in bytes as DynamoDB counts it, numbers approximately as its documentation does
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
 * `item` maps attribute names to attribute values such as `{ "S": "text" }`.
 */
export function itemBytes(item: Readonly<Record<string, unknown>>): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + valueBytes(value);
  return size;
}

const CONTAINER_BYTES = 3;

function valueBytes(attribute: unknown): number {
  const [type, value] = Object.entries(attribute ?? {})[0] ?? [];
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(value));
    case 'N':
      return numberBytes(String(value));
    case 'B':
      return Buffer.byteLength(String(value), 'base64');
    case 'SS':
    case 'NS':
    case 'BS':
      return sum((value as unknown[]).map((element) => valueBytes({ [type.charAt(0)]: element })));
    case 'L':
      return CONTAINER_BYTES + sum((value as unknown[]).map((element) => 1 + valueBytes(element)));
    case 'M':
      return CONTAINER_BYTES + Object.keys(value as object).length + itemBytes(value as Record<string, unknown>);
    default:
      return 1;
  }
}

/** About a byte for two significant digits, and one more; leading and trailing zeros don't count. */
function numberBytes(text: string): number {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+|0+$/g, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
