/**
 * What `ip monitor` has said of devices and addresses so far: it tells what is new from what is only said again (wireless
 * devices are told of at each scan, leases at each renewal, IPv6 addresses at each router advertisement), and it knows
 * what a device is called. `ip` itself does not: in lines about addresses and routes it goes on using the name under
 * which it first met the device.
 */

import type { Change } from "./ip-line.ts";

/** A machine has no more devices or addresses than this; if it seems to, it is begun anew. */
const MOST = 4096;

interface KnownLink {
  readonly device: string;
  readonly flags: string;
}

export class Known {
  readonly #links = new Map<number, KnownLink>();
  /** By device's index and address. */
  readonly #addresses = new Map<string, string>();

  /** Takes note of the change. @returns whether it tells something that was not known */
  isNew(change: Change): boolean {
    switch (change.kind) {
      case "link": {
        const { index, device, flags, gone } = change;
        const before = this.#links.get(index);
        note(this.#links, index, gone ? null : { device, flags });
        return gone || before?.device !== device || before.flags !== flags;
      }
      case "address": {
        const { state, gone } = change;
        const key = `${change.index} ${change.address}`;
        const before = this.#addresses.get(key);
        note(this.#addresses, key, gone ? null : state);
        return gone || before !== state;
      }
      default:
        return true;
    }
  }

  /** What the device is called now. */
  nameOf(change: { readonly index: number; readonly device: string }): string {
    return this.#links.get(change.index)?.device ?? change.device;
  }

  /** Something was missed: what is known may be wrong. */
  forget(): void {
    this.#links.clear();
    this.#addresses.clear();
  }
}

function note<K, V>(known: Map<K, V>, key: K, value: V | null): void {
  if (value === null) {
    known.delete(key);
    return;
  }
  if (known.size >= MOST) known.clear();
  known.set(key, value);
}
