/** The story: somebody replaces the ADSL router of a house, and the other lines have accidents meanwhile. */

import type { House } from "./house.ts";
import type { LineName } from "./lines.ts";

/** What happens outside, and the hook that its caller runs afterwards. */
interface Accident {
  readonly happens: (house: House) => Promise<void>;
  /** How long the caller takes to notice, in ms. */
  readonly noticed: number;
  /** The hook as its caller runs it, for people. */
  readonly hook: string;
  readonly tell: (house: House) => Promise<unknown>;
  /** The kernel alone must have moved new connections before the hook runs. */
  readonly kernelFirst?: true;
}

export interface Scene {
  readonly title: string;
  /** A command of Waymark's that somebody types; or an accident; or nothing: then it is only watched. */
  readonly typed?: readonly string[];
  readonly accident?: Accident;
  /** Where new connections must go afterwards. */
  readonly line: LineName;
  /** Where the call must be afterwards. */
  readonly call: LineName;
  /** Lines whose connections must all go on. */
  readonly keeps: readonly LineName[];
  /** The line whose connections must go, and what it is that they must. */
  readonly releases?: readonly [line: LineName, is: string];
}

const DIALLED: Accident = {
  happens: (house) => house.dial(),
  noticed: 100,
  hook: "/etc/ppp/ip-up.d/waymark ppp0",
  tell: (house) => house.tellDialled(),
};

const HUNG_UP: Accident = {
  happens: (house) => house.hangUp(),
  noticed: 100,
  hook: "/etc/ppp/ip-down.d/waymark ppp0",
  tell: (house) => house.tellHungUp(),
};

/** ifplugd waits for ten seconds before it believes in a lost cable; here it is quicker, but later than the kernel. */
const CABLE_OUT: Accident = {
  happens: (house) => house.cable("down"),
  noticed: 1500,
  hook: "/etc/ifplugd/action.d/waymark usb0 down",
  tell: (house) => house.tellCable("down"),
  kernelFirst: true,
};

const CABLE_IN: Accident = {
  happens: (house) => house.cable("up"),
  noticed: 300,
  hook: "/etc/ifplugd/action.d/waymark usb0 up",
  tell: (house) => house.tellCable("up"),
};

/** It ends as it begins, so that it can go round. */
export const STORY: readonly Scene[] = [
  {
    title: "An ordinary day: ADSL works, 4G stands by",
    line: "adsl",
    call: "adsl",
    keeps: ["adsl"],
  },
  {
    title: "3G dialled in",
    accident: DIALLED,
    line: "adsl",
    call: "adsl",
    keeps: ["adsl"],
  },
  {
    title: "ADSL drained, its router is to be replaced",
    typed: ["drain", "adsl"],
    line: "lte",
    call: "adsl",
    keeps: ["adsl"],
  },
  {
    title: "4G cable pulled",
    accident: CABLE_OUT,
    line: "gsm",
    call: "adsl",
    keeps: ["adsl"],
    releases: ["lte", "dead"],
  },
  {
    title: "4G cable back",
    accident: CABLE_IN,
    line: "lte",
    call: "adsl",
    keeps: ["adsl"],
    releases: ["gsm", "metered"],
  },
  {
    title: "ADSL switched off",
    typed: ["disable", "adsl"],
    line: "lte",
    call: "lte",
    keeps: ["lte"],
    releases: ["adsl", "off"],
  },
  {
    title: "ADSL back in service",
    typed: ["enable", "adsl"],
    line: "adsl",
    call: "adsl",
    keeps: ["adsl"],
    releases: ["lte", "metered"],
  },
  {
    title: "3G hung up",
    accident: HUNG_UP,
    line: "adsl",
    call: "adsl",
    keeps: ["adsl", "lte"],
  },
];
