import { describe, expect, it } from 'vitest';

import { isOddNumber, isPublicAddress } from './address-policy.js';

describe('An address', () => {
  it.each(['1.1.1.1', '140.82.121.3', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'not-an-address',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['2130706433', '0x7f000001', '0177.0.0.1', '127.1', '0x7f.0.0.1', '1.2.3.0x4'])(
    '%s is an odd number',
    (host) => {
      expect(isOddNumber(host)).toBe(true);
    },
  );

  it.each(['example.org', '1.1.1.1', '::1', 'a1', '1.example'])('%s is none', (host) => {
    expect(isOddNumber(host)).toBe(false);
  });
});
