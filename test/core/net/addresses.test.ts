import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clientAddress, isRange, isWithin } from '../../../core/net/addresses.ts';

describe('a range', () => {
  test.each(['192.0.2.0/24', '192.0.2.1', '0.0.0.0/0', '2001:db8::/32', '2001:db8::1', '::/0', '::ffff:192.0.2.0/120'])(
    'is %s',
    (text) => expect(isRange(text)).toBe(true),
  );

  test.each(['', 'example.com', '192.0.2.0/33', '192.0.2/24', '2001:db8::/129', '192.0.2.0/', '192.0.2.0/-1', 'fe80::1%eth0/64'])(
    'is not %j',
    (text) => expect(isRange(text)).toBe(false),
  );
});

describe('an address', () => {
  test.each([
    ['192.0.2.255', ['192.0.2.0/24'], true],
    ['192.0.3.0', ['192.0.2.0/24'], false],
    ['192.0.2.7', ['198.51.100.0/24', '192.0.2.7'], true],
    ['192.0.2.8', ['192.0.2.7'], false],
    ['2001:db8:1::1', ['2001:db8::/32'], true],
    ['2001:DB8:1:0:0:0:0:1', ['2001:db8::/32'], true],
    ['2001:db9::1', ['2001:db8::/32'], false],
    ['::ffff:192.0.2.1', ['192.0.2.0/24'], true],
    ['::ffff:c000:201', ['192.0.2.0/24'], true],
    ['192.0.2.1', ['::ffff:192.0.2.0/120'], true],
    ['::ffff:198.51.100.1', ['192.0.2.0/24'], false],
    ['192.0.2.1', [], false],
    ['', ['0.0.0.0/0', '::/0'], false],
    ['unknown', ['0.0.0.0/0', '::/0'], false],
  ])('%s within %j is %s', (address, ranges, expected) => {
    expect(isWithin(address, ranges)).toBe(expected);
  });

  test('that is anything, within ranges that are anything, raises nothing', () => {
    const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.constant('fe80::1%eth0'));
    fc.assert(fc.property(text, fc.array(text), (address, ranges) => typeof isWithin(address, ranges) === 'boolean'));
  });
});

describe('the client of a request', () => {
  const proxies = ['192.0.2.0/24', '2001:db8::/32'];

  test.each([
    ['the peer without trusted proxies', '192.0.2.1', '198.51.100.7', [], '192.0.2.1'],
    ['the peer when that is no proxy', '203.0.113.5', '198.51.100.7', proxies, '203.0.113.5'],
    ['the last address before the proxies', '192.0.2.1', '198.51.100.7', proxies, '198.51.100.7'],
    ['the last one, whatever a sender put before it', '192.0.2.1', '10.0.0.1, 198.51.100.7', proxies, '198.51.100.7'],
    ['behind several proxies', '192.0.2.1', '198.51.100.7, 2001:db8::9,192.0.2.8', proxies, '198.51.100.7'],
    ['a v6 address', '2001:db8::1', '2001:db9::7', proxies, '2001:db9::7'],
    ['a v4 address written as v6', '::ffff:192.0.2.1', '::ffff:198.51.100.7', proxies, '198.51.100.7'],
    ['the proxy when it tells nobody', '192.0.2.1', undefined, proxies, '192.0.2.1'],
    ['the proxy when what it tells is no address', '192.0.2.1', '198.51.100.7, unknown', proxies, '192.0.2.1'],
    ['the first proxy when all are', '192.0.2.1', '192.0.2.3, 192.0.2.2', proxies, '192.0.2.3'],
  ])('is %s', (_what, peer, forwardedFor, trusted, expected) => {
    expect(clientAddress(peer, forwardedFor, trusted)).toBe(expected);
  });

  test('is never an address that only the sender wrote', () => {
    const forged = fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), { maxLength: 5 });
    fc.assert(
      fc.property(forged, (addresses) => {
        const header = [...addresses, '198.51.100.7', '192.0.2.9'].join(', ');
        return clientAddress('192.0.2.1', header, proxies) === '198.51.100.7';
      }),
    );
  });
});
