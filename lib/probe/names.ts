/**
 * Addresses of hosts that a check asks by name. They are asked for by way of the uplink itself, from its own name
 * servers; only if none of those can be reached by it, from the system's, wherever those may be. What was found once is
 * kept while it cannot be found again: a check of a page is no check of name servers.
 */

import { promises as dns } from "node:dns";
import { isIP } from "node:net";
import type { Family } from "../net/prefix.ts";
import { parseAddress } from "../net/prefix.ts";

/** How long an address is used before it is asked for anew, and how soon after it was not found, milliseconds. */
const AGAIN = { found: 300_000, missing: 5000 } as const;
/** For one name server. */
const PATIENCE_MS = 2000;

export interface NameOptions {
  readonly host: string;
  readonly family: Family;
  /** The uplink's address. */
  readonly from: string;
  /** Name servers of the uplink's that are reached by it. */
  servers(): readonly string[];
  /** The address is known, the first time or another than before. */
  changed(address: string): void;
}

/** One host's address. */
export class HostName {
  readonly #options: NameOptions;
  #address: string | null = null;
  #why = "";
  #byUplink = false;
  #timer: NodeJS.Timeout | null = null;
  #begun = false;
  #closed = false;

  constructor(options: NameOptions) {
    this.#options = options;
  }

  /** null: not known yet. */
  get address(): string | null {
    return this.#address;
  }

  /** Why it is not known, and whether that is the uplink's fault; empty: it is being looked for. */
  get trouble(): { readonly why: string; readonly byUplink: boolean } {
    return { why: this.#why, byUplink: this.#byUplink };
  }

  /** Looks, the first time that it is told to, and goes on until it is closed. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    void this.#look();
  }

  async #look(): Promise<void> {
    const { host, servers } = this.#options;
    const own = servers();
    let wait: number = AGAIN.missing;
    try {
      const found = await this.#ask(own);
      const addresses = found.flatMap((text) => parseAddress(text)?.address ?? []);
      // Of several the one that is in use already: servers give them in turn.
      const address = addresses.find((each) => each === this.#address) ?? addresses[0];
      if (address === undefined) throw new Error("no address");
      wait = AGAIN.found;
      this.#why = "";
      if (address !== this.#address && !this.#closed) {
        this.#address = address;
        this.#options.changed(address);
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "no address";
      this.#why = `cannot find the address of ${host}: ${code}`;
      this.#byUplink = own.length > 0;
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), wait);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Asks the uplink's own servers by way of it; without any, the system's (as resolv.conf(5) has them). */
  async #ask(servers: readonly string[]): Promise<string[]> {
    const { host, family, from } = this.#options;
    const resolver = new dns.Resolver({ timeout: PATIENCE_MS, tries: 1 });
    if (servers.length > 0) {
      resolver.setServers(servers.map((server) => (isIP(server) === 6 ? `[${server}]:53` : server)));
      if (family === 6) resolver.setLocalAddress("0.0.0.0", from);
      else resolver.setLocalAddress(from);
    }
    return family === 6 ? resolver.resolve6(host) : resolver.resolve4(host);
  }
}
