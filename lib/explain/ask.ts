/** From a question to its explanation: looks at the plan and at the kernel, changes nothing. */

import { routingChanges } from "../plan/changes.ts";
import { choose } from "../plan/choice.ts";
import { planMarking } from "../plan/marking.ts";
import { lookAhead, type Prospect } from "../reconcile/look-ahead.ts";
import { packetFilterInput } from "../reconcile/packet-filter.ts";
import type { Order, World } from "../reconcile/world.ts";
import type { State } from "../state/record.ts";
import { checkJourney } from "./check.ts";
import { endsOf } from "./ends.ts";
import { type Explanation, explanationOf } from "./explanation.ts";
import { follow, type Ground } from "./journey.ts";
import { type Asked, type Question, readQuestion } from "./question.ts";
import { readRouting } from "./read.ts";

/**
 * Explains.
 * @param passwd text of /etc/passwd
 * @throws QuestionError for a question that makes no sense here; CommandError when the kernel cannot be looked at
 */
export async function ask(
  order: Order,
  before: State,
  world: World,
  asked: Asked,
  passwd: string,
): Promise<Explanation> {
  const once = async () => {
    const prospect = await lookAhead(order, [], before, world, { thorough: false, ask: false });
    const addresses = new Set(
      prospect.kernel.links.flatMap((link) => link.addresses.map((address) => address.local)),
    );
    const isLocal = (address: string) => addresses.has(address);
    const interfaces = prospect.kernel.links.map((link) => link.name);
    const question = readQuestion(asked, { interfaces, isLocal, passwd });
    return explainIn(order, world, prospect, question, isLocal);
  };
  const first = await once();
  // What changed between our look and the kernel's answer is no contradiction.
  return first.agrees ? first : once();
}

async function explainIn(
  order: Order,
  world: World,
  prospect: Prospect,
  { packet, group }: Question,
  isLocal: (address: string) => boolean,
): Promise<Explanation> {
  const { kernel, desired, loaded, state } = prospect;
  const { config } = order;
  const { uplinks } = desired;
  const { rules, routes } = await readRouting(world.run, packet.family, packet.to, kernel.settings);
  const sourceOn = (device: string) =>
    kernel.links
      .find((link) => link.name === device)
      ?.addresses.find((address) => address.family === packet.family && address.usable)?.local ?? null;
  const filtered = loaded.fingerprint !== null;
  const marking = planMarking(config, order.numbers);
  const first = choose(uplinks, 4).ranked[0]?.interface ?? null;
  const filter = filtered ? { config, uplinks, marking, balanced: state.balanced, first } : null;
  const ground: Ground = { rules, routes, filter, sourceOn };
  const journey = follow(ground, packet, group);
  const ends = endsOf({ uplinks, filtered, isLocal, sourceOn }, journey);
  const checks = await checkJourney(world.run, journey, rules);
  const explanation = explanationOf({ config, uplinks }, packet, journey, ends, checks);
  return { ...explanation, notes: [...explanation.notes, ...drift(world, prospect)] };
}

/** What is not as planned: then the explanation is of what is, not of what the configuration asks. */
function drift(world: World, { kernel, desired, loaded }: Prospect): string[] {
  const files = new Set(desired.prefixTables.map((table) => table.table));
  const routing = routingChanges(desired, kernel, files);
  const count = routing.lines.length + routing.lines6.length;
  const filter = packetFilterInput(world, loaded, desired.filter) !== "";
  if (count === 0 && !filter) return [];
  const what = [
    ...(count === 0 ? [] : [`${count} ${count === 1 ? "change" : "changes"} to rules and routes`]),
    ...(filter ? ["the packet filter"] : []),
  ];
  return [`not everything is in force as planned (${what.join(", ")}): see waymark plan`];
}
