import { BlockList, isIP } from 'node:net';

/** Is it a CIDR range, v4 or v6, such as `192.0.2.0/24` or `2001:db8::/32`, or one address? */
export const isRange = (text: string): boolean => parseRange(text) !== undefined;

/** Does one of these ranges hold the address? A v4 address within v6 (`::ffff:192.0.2.1`) counts as the v4 one. False for what is no address. */
export function isWithin(address: string, ranges: readonly string[]): boolean {
  const plain = plainAddress(address);
  const family = isIP(plain);
  if (family === 0) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const parsed = parseRange(range);
    if (parsed) list.addSubnet(parsed.address, parsed.prefix, parsed.family);
  }
  return list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * The address that a request comes from: `peer`, unless that is a trusted proxy; then the last address of `X-Forwarded-For` that is none, since each
 * proxy appends the address it was called from. An entry that is no address ends the search: whoever wrote it is not to be believed.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trustedProxies: readonly string[]): string {
  if (trustedProxies.length === 0) return peer;
  const hops = [
    ...(forwardedFor ?? '')
      .split(',')
      .map((hop) => hop.trim())
      .filter((hop) => hop !== ''),
    peer,
  ];
  let client = peer;
  for (const hop of hops.reverse()) {
    if (isIP(plainAddress(hop)) === 0) return client;
    client = plainAddress(hop);
    if (!isWithin(client, trustedProxies)) return client;
  }
  return client;
}

const plainAddress = (address: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;

function parseRange(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [, address = '', given] = /^([0-9A-Fa-f:.]{2,45})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const longest = version === 4 ? 32 : 128;
  const prefix = given === undefined ? longest : Number(given);
  if (version === 0 || prefix > longest) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}
