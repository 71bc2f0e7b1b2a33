import type { Check } from "../../../lib/config/types.ts";
import { aCheck as aCheckOf } from "../health/simulation.ts";

/** A check with what matters to those who probe: its target has an address. */
export const aCheck = (how: Partial<Check> = {}): Check =>
  aCheckOf({ targets: [{ name: "192.0.2.1", family: 4, host: "192.0.2.1", port: null }], ...how });
