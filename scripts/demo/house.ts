/**
 * The demo's house: a router with three lines to one internet, and a client in its LAN, each in a network namespace of
 * its own. The router has its own /etc, /run and /var too; nothing is written outside, and all of it is gone with us.
 */

import { fileURLToPath } from "node:url";
import { factsOf, ifplugd, pppDown, pppUp } from "../../test/lab/harness/hooks.ts";
import { Internet, Isp } from "../../test/lab/harness/isp.ts";
import { Line } from "../../test/lab/harness/line.ts";
import { type Background, Machine, type Outcome } from "../../test/lab/harness/machine.ts";
import { PORT, SERVER } from "../../test/lab/harness/peer.ts";
import { Router } from "../../test/lab/harness/router.ts";
import { HOUSE, type LineName } from "./lines.ts";

const TALK = fileURLToPath(new URL("talk.pl", import.meta.url));
const TALK_IN_CLIENT = ["perl", TALK, SERVER, String(PORT), String(HOUSE.lasting)];

/** Where the hooks' last words go on a machine with a journal; this one keeps them in a file. */
const JOURNAL = "/run/journal";
const LOGGER = `#!/bin/sh
case "$*" in *--prio-prefix*) cat ;; *) echo "$*" ;; esac >>${JOURNAL}
`;

/** The ADSL router translates addresses itself, as they all do. */
const TRANSLATE = `
table ip modem {
  chain out { type nat hook postrouting priority srcnat; oifname "core" masquerade; }
}
`;

/** A packet that left by a line with an address that is not that line's. */
export interface Leak {
  readonly line: LineName;
  readonly from: string;
  readonly packets: number;
}

export class House {
  readonly #machines: Machine[] = [];
  readonly #isps = new Map<LineName, Isp>();
  readonly #parts: { router?: Router; internet?: Internet; client?: Machine } = {};
  #gsm: Line | undefined;
  #links = 100;

  /** Builds it all; Waymark is configured and applied, the 3G line not dialled yet. */
  async build(config: string): Promise<void> {
    const internet = this.#add(await Internet.make());
    await internet.start();
    const router = this.#add(await Router.make({ forward: false }));
    const client = this.#add(await Machine.make("client"));
    Object.assign(this.#parts, { router, internet, client });
    for (const [index, name] of (["adsl", "lte", "gsm"] as const).entries()) {
      const isp = this.#add(await Isp.make(name, index + 1, internet));
      await this.#wire(isp, "core", internet, `isp${index + 1}`);
      await isp.start();
      this.#isps.set(name, isp);
    }
    await this.#lan(router, client);
    await this.#stick(router);
    await this.#install(router);
    await router.apply(config);
  }

  /** One switch: the router's only port, the ADSL router and the client. */
  async #lan(router: Router, client: Machine): Promise<void> {
    const adsl = this.#isp("adsl");
    const lan = this.#add(await Machine.make("switch"));
    await lan.sh("ip link add lan type bridge; ip link set lan up");
    for (const [machine, device] of [
      [router, "eth0"],
      [adsl, "cust"],
      [client, "eth0"],
    ] as const) {
      const port = `port${this.#links}`;
      await this.#wire(lan, port, machine, device);
      await lan.sh(`ip link set ${port} master lan`);
    }
    await router.sh(`ip addr add ${HOUSE.router}/24 dev eth0`);
    await adsl.sh(`ip addr add ${HOUSE.adslRouter}/24 dev cust`);
    await adsl.nft(TRANSLATE);
    await client.sh(`ip addr add ${HOUSE.client}/24 dev eth0; ip route add default via ${HOUSE.router}`);
  }

  /** The 4G stick: a network card by USB, with a router behind it. */
  async #stick(router: Router): Promise<void> {
    const lte = this.#isp("lte");
    await this.#wire(router, "usb0", lte, "cust");
    await router.sh(`ip addr add ${HOUSE.lte}/24 dev usb0`);
    await lte.serveLan("cust", `${HOUSE.lteRouter}/24`, "192.168.42.0/24");
  }

  /** What the installer does beyond copying: names the node to use. And a stand-in for the journal. */
  async #install(router: Router): Promise<void> {
    const files = "/usr/local/sbin/waymark /etc/ppp/ip-*.d/waymark /etc/ifplugd/action.d/waymark";
    await router.sh(`sed -i 's|^WAYMARK_NODE=$|WAYMARK_NODE=${process.execPath}|' ${files}`);
    for (const directory of ["bin", "sbin"])
      await router.write(`/usr/local/${directory}/logger`, LOGGER, 0o755);
    await router.write(JOURNAL, "");
  }

  /** Each end has an index of its own: with equal ones the kernel may sit on a lost carrier for a second. */
  async #wire(left: Machine, leftName: string, right: Machine, rightName: string): Promise<void> {
    const [a, b] = [this.#links++, this.#links++];
    await left.sh(
      `ip link add name ${leftName} index ${a} type veth peer name ${rightName} index ${b} netns ${right.pid}; ip link set ${leftName} up`,
    );
    await right.sh(`ip link set ${rightName} up`);
  }

  #add<T extends Machine>(machine: T): T {
    this.#machines.push(machine);
    return machine;
  }

  #isp(name: LineName): Isp {
    const isp = this.#isps.get(name);
    if (!isp) throw new Error(`${name} is not built`);
    return isp;
  }

  get router(): Router {
    if (!this.#parts.router) throw new Error("the router is not built");
    return this.#parts.router;
  }

  /** Starts what the household sends. */
  talk(): Background {
    if (!this.#parts.client) throw new Error("the client is not built");
    return this.#parts.client.spawn(TALK_IN_CLIENT);
  }

  /** The 3G stick has dialled: the line is there, no hook has run. */
  async dial(): Promise<void> {
    const { internet } = this.#parts;
    if (!internet) throw new Error("the internet is not built");
    const facts = { iface: "ppp0", peer: "gsm", local: HOUSE.gsm, remote: "10.64.64.64" };
    this.#gsm = await Line.dial(this.router, this.#isp("gsm"), internet, facts);
  }

  /** pppd's ip-up script. */
  async tellDialled(): Promise<Outcome> {
    return pppUp(this.router, factsOf(this.#line()));
  }

  /** pppd ends and its device goes. */
  async hangUp(): Promise<void> {
    await this.#line().hangUp();
  }

  /** pppd's ip-down script. */
  async tellHungUp(): Promise<Outcome> {
    return pppDown(this.router, factsOf(this.#line()));
  }

  #line(): Line {
    if (!this.#gsm) throw new Error("3G was never dialled");
    return this.#gsm;
  }

  /** The cable of the 4G stick. */
  async cable(to: "up" | "down"): Promise<void> {
    await this.#isp("lte").sh(`ip link set cust ${to}`);
  }

  /** ifplugd's action script. */
  async tellCable(to: "up" | "down"): Promise<Outcome> {
    return ifplugd(this.router, "usb0", to);
  }

  /** What Waymark's hooks logged so far, without priorities. */
  async journal(): Promise<string[]> {
    const text = await this.router.read(JOURNAL);
    return text.split("\n").flatMap((line) => (line === "" ? [] : [line.replace(/^<\d>/, "")]));
  }

  /** What each provider saw that did not bear an address of its own line. */
  async leaks(): Promise<Leak[]> {
    const own: Record<LineName, readonly string[]> = {
      adsl: [HOUSE.router, HOUSE.client],
      lte: [HOUSE.lte],
      gsm: [HOUSE.gsm],
    };
    const leaks: Leak[] = [];
    for (const [line, isp] of this.#isps)
      for (const { from, packets } of await isp.foreign(own[line])) leaks.push({ line, from, packets });
    return leaks;
  }

  /** Ends every process of the house; the kernel takes namespaces, devices and mounts away with the last of each. */
  async close(): Promise<void> {
    await Promise.all(this.#machines.map((machine) => machine.dispose()));
  }
}
