import { Machine } from "./machine.ts";
import { OTHERS, SERVER, serve } from "./peer.ts";

/** Packets of one flow that a provider got from its customers. */
export interface Seen {
  readonly from: string;
  readonly to: string;
  readonly proto: string;
  readonly sport: number;
  readonly dport: number;
  readonly packets: number;
}

/** Everything beyond the providers: one machine with the server's addresses, reached through each of them. */
export class Internet extends Machine {
  static override async make(): Promise<Internet> {
    return new Internet("internet", await Machine.hold("", false));
  }

  /** Puts the addresses on, echo servers behind them. */
  async start(): Promise<void> {
    const addresses = [SERVER, ...OTHERS];
    await this.sh(addresses.map((address) => `ip addr add ${address}/32 dev lo`).join("; "));
    await serve(this, addresses);
  }

  /** Where a customer's address or prefix is found. */
  async route(prefix: string, isp: Isp): Promise<void> {
    await this.sh(`ip route replace ${prefix} via ${isp.core} src ${SERVER}`);
  }
}

const NOTES = `
table inet lab {
  set seen {
    type ipv4_addr . ipv4_addr . inet_proto . inet_service . inet_service
    size 65535
    flags dynamic
    counter
  }
  chain note {
    type filter hook prerouting priority -400; policy accept;
    iifname != { "core", "lo" } update @seen { ip saddr . ip daddr . meta l4proto . th sport . th dport }
  }
}
`;

/** A provider: routes between its customers and the internet without translation, and notes what customers send. */
export class Isp extends Machine {
  #number = 0;
  #internet: Internet | undefined;

  static override async make(name: string, number = 0, internet?: Internet): Promise<Isp> {
    const isp = new Isp(name, await Machine.hold("", false));
    isp.#number = number;
    isp.#internet = internet;
    return isp;
  }

  /** The provider's address on its leg to the internet. */
  get core(): string {
    return `100.64.${this.#number}.2`;
  }

  get internet(): Internet {
    if (!this.#internet) throw new Error(`${this.name} has no internet`);
    return this.#internet;
  }

  async start(): Promise<void> {
    const far = `100.64.${this.#number}.1`;
    await this.sh(`sysctl -qw net.ipv4.ip_forward=1; ip addr add ${this.core}/30 dev core`);
    await this.internet.sh(`ip addr add ${far}/30 dev isp${this.#number}`);
    await this.sh(`ip route add 203.0.113.0/24 via ${far}`);
    await this.nft(NOTES);
  }

  /** Gives a customer-facing device an address and makes its prefix known to the internet. */
  async serveLan(iface: string, address: string, prefix: string): Promise<void> {
    await this.sh(`ip addr add ${address} dev ${iface}`);
    await this.internet.route(prefix, this);
  }

  /** Every flow that came from a customer since the last `forget`. */
  async seen(): Promise<Seen[]> {
    const answer = JSON.parse(await this.sh("nft -j list set inet lab seen")) as {
      nftables: {
        set?: { elem?: { elem: { val: { concat: unknown[] }; counter: { packets: number } } }[] };
      }[];
    };
    const elements = answer.nftables.flatMap((part) => part.set?.elem ?? []);
    return elements.map(({ elem }) => {
      const [from, to, proto, sport, dport] = elem.val.concat;
      return {
        from: String(from),
        to: String(to),
        proto: String(proto),
        sport: Number(sport),
        dport: Number(dport),
        packets: elem.counter.packets,
      };
    });
  }

  /** Packets seen for the servers' addresses, by source address. */
  async sources(): Promise<Record<string, number>> {
    const by: Record<string, number> = {};
    for (const { from, to, packets } of await this.seen())
      if (to.startsWith("203.0.113.")) by[from] = (by[from] ?? 0) + packets;
    return by;
  }

  /** Packets for the servers that bear a source address other than these: each one is a leak. */
  async foreign(own: readonly string[]): Promise<Seen[]> {
    const seen = await this.seen();
    return seen.filter(({ from, to }) => to.startsWith("203.0.113.") && !own.includes(from));
  }

  async forget(): Promise<void> {
    await this.sh("nft flush set inet lab seen");
  }
}
