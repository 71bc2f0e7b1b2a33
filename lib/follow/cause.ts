/** What wakes the watcher, and how soon it has to look. Pure. */

/**
 * - `link`: a device came, went, was switched, got or lost its carrier
 * - `address`: an address came, went, or became usable
 * - `default`: a default route of `main`, from which gateways are learnt
 * - `route`: in one of our tables
 * - `rule`: one of ours
 * - `filter`: in our table of the packet filter
 * - `missed`: something, nobody knows what: the kernel had more to tell than was read in time
 * - `listening`: a monitor began to listen: what was before it was not heard
 * - `told`: somebody asked for it, such as a hook with an event
 */
export type Cause =
  | "link"
  | "address"
  | "default"
  | "route"
  | "rule"
  | "filter"
  | "missed"
  | "listening"
  | "told";

/** Milliseconds. */
export interface Delay {
  /** So long nothing more of this kind has to come. */
  readonly quiet: number;
  /** But no longer than this behind the first. */
  readonly longest: number;
}

const BURST: Delay = { quiet: 10, longest: 100 };

/**
 * What comes in bursts is waited for; a carrier is not: the kernel tells of it in one line. Behind a flood that was too
 * much to read there is no hurry.
 */
export const DELAYS: Readonly<Record<Cause, Delay>> = {
  link: { quiet: 2, longest: 20 },
  address: BURST,
  default: BURST,
  route: BURST,
  rule: BURST,
  filter: BURST,
  missed: { quiet: 250, longest: 1000 },
  listening: { quiet: 0, longest: 0 },
  told: { quiet: 0, longest: 0 },
};

/** Causes that only somebody who changes what is ours brings about. */
const OURS: ReadonlySet<Cause> = new Set(["route", "rule", "filter"]);

/** Whether nothing else than our own objects changed. */
export function isOursOnly(causes: Iterable<Cause>): boolean {
  return [...causes].every((cause) => OURS.has(cause));
}
