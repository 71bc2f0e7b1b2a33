/** The three lines of the house, by the names that the configuration gives them. */

export type LineName = "adsl" | "lte" | "gsm";

export const LINES: readonly LineName[] = ["adsl", "lte", "gsm"];

/** What people call them. */
export const TITLE: Readonly<Record<LineName, string>> = { adsl: "ADSL", lte: "4G", gsm: "3G" };

/** Addresses and size of the house. */
export const HOUSE = {
  router: "192.168.1.5",
  adslRouter: "192.168.1.1",
  client: "192.168.1.50",
  lte: "192.168.42.20",
  lteRouter: "192.168.42.129",
  gsm: "198.51.100.33",
  /** Connections that the client never closes. */
  lasting: 6,
} as const;

/** Whose address the server on the internet sees. */
const SEEN_AS: Readonly<Record<string, LineName>> = {
  // The ADSL router's own, on its leg to the internet: it translates.
  "100.64.1.2": "adsl",
  [HOUSE.lte]: "lte",
  [HOUSE.gsm]: "gsm",
};

/** @returns undefined for an address that no line has */
export function lineOf(address: string): LineName | undefined {
  return SEEN_AS[address];
}
