import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../config/sections/index.js';

/** One object per address, shared by its sockets. */
export interface Address {
  readonly name: string;
  sockets: number;
}

/** How many sockets each address holds. */
@Injectable()
export class AddressLedger {
  private readonly addresses = new Map<string, Address>();

  constructor(private readonly config: GatewayConfig) {}

  isFull(name: string): boolean {
    return (this.addresses.get(name)?.sockets ?? 0) >= this.config.maxConnectionsPerAddress;
  }

  enter(name: string): Address {
    const address = this.addresses.get(name) ?? { name, sockets: 0 };
    if (address.sockets === 0) this.addresses.set(name, address);
    address.sockets += 1;
    return address;
  }

  leave(address: Address): void {
    address.sockets -= 1;
    if (address.sockets === 0) this.addresses.delete(address.name);
  }
}
