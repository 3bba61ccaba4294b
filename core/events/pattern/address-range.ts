import { BlockList, isIP } from 'node:net';
import { InvalidEventPattern } from './invalid-event-pattern.ts';

/**
 * Whether a text is an IPv4 or IPv6 address within a CIDR block
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-ip-matching).
 * A mask is shorter than the address, as in https://github.com/aws/event-ruler, the engine behind EventBridge.
 */
export function addressRange(block: string, place: readonly string[]): (text: string) => boolean {
  const match = /^([0-9a-fA-F:.]+)\/([0-9]{1,3})$/.exec(block);
  const network = match?.[1] ?? '';
  const bits = Number(match?.[2]);
  const version = isIP(network);
  if (version === 0 || bits >= (version === 4 ? 32 : 128)) {
    throw new InvalidEventPattern(place, 'cidr takes an IPv4 or IPv6 block such as 10.0.0.0/24');
  }
  const list = new BlockList();
  list.addSubnet(network, bits, version === 4 ? 'ipv4' : 'ipv6');
  return (text) => {
    if (text.includes('%')) return false;
    const family = isIP(text);
    return family !== 0 && list.check(text, family === 4 ? 'ipv4' : 'ipv6');
  };
}
