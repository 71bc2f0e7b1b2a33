/** All that the doctor looks for. */

import type { Facts } from "./facts.ts";
import { type Finding, sorted } from "./finding.ts";
import { carrier } from "./findings/carrier.ts";
import { conntrack } from "./findings/conntrack.ts";
import { dhcp } from "./findings/dhcp.ts";
import { dns } from "./findings/dns.ts";
import { flush } from "./findings/flush.ts";
import { foreignRules } from "./findings/foreign-rules.ts";
import { forwardFilter } from "./findings/forward-filter.ts";
import { forwarding } from "./findings/forwarding.ts";
import { hooks } from "./findings/hooks.ts";
import { interfaces } from "./findings/interfaces.ts";
import { leases } from "./findings/leases.ts";
import { managers } from "./findings/managers.ts";
import { marks } from "./findings/marks.ts";
import { networkd } from "./findings/networkd.ts";
import { numbers } from "./findings/numbers.ts";
import { offload } from "./findings/offload.ts";
import { places } from "./findings/places.ts";
import { pppd } from "./findings/pppd.ts";
import { reversePath } from "./findings/reverse-path.ts";
import { scripts } from "./findings/scripts.ts";
import { service } from "./findings/service.ts";
import { subnets } from "./findings/subnets.ts";
import { tools } from "./findings/tools.ts";
import { translation } from "./findings/translation.ts";

const FAMILIES: readonly ((facts: Facts) => Finding[])[] = [
  service,
  tools,
  places,
  hooks,
  carrier,
  networkd,
  managers,
  foreignRules,
  numbers,
  marks,
  reversePath,
  forwarding,
  forwardFilter,
  flush,
  translation,
  offload,
  conntrack,
  subnets,
  dhcp,
  leases,
  interfaces,
  pppd,
  dns,
  scripts,
];

/** Everything that is found, worst first. Equal facts give equal findings. */
export function examine(facts: Facts): Finding[] {
  return sorted(FAMILIES.flatMap((family) => family(facts)));
}
