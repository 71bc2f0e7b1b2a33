/** Numbers that are Waymark's, in the hands of others: routing tables, the routing protocol, rule priorities. */

import { PROTOCOL } from "../../kernel/route.ts";
import { PRIORITY, TABLE } from "../../plan/layout.ts";
import type { Facts } from "../facts.ts";
import { edit, type Finding, note, run } from "../finding.ts";
import { linesOf, quote } from "../lines.ts";
import { ruleWords } from "../mark-users.ts";

/** One behind the last table that rules of the file can have. */
const LAST_TABLE = TABLE.rules + 2000;

export function numbers(facts: Facts): Finding[] {
  return [...names(facts), ...routesOfOthers(facts), ...ourProtocolElsewhere(facts), ...amongOurs(facts)];
}

function names({ files }: Facts): Finding[] {
  const lines = Object.entries(files)
    .filter(([path]) => /\/iproute2\/rt_(protos|tables)(\.d\/[^/]+\.conf)?$/.test(path))
    .flatMap(([path, text]) => linesOf(path, text, /^#/));
  const wrong = lines.filter(({ path, text }) => {
    const [number, name] = text.split(/\s+/);
    const value = Number(number);
    if (path.includes("rt_protos")) return value === PROTOCOL && name !== "waymark";
    return value >= TABLE.choice && value < LAST_TABLE && name !== undefined && !name.startsWith("waymark");
  });
  if (wrong.length === 0) return [];
  return [
    {
      id: "numbers-named",
      severity: "warning",
      title: "numbers that Waymark uses have another program's name",
      found: wrong.map(quote),
      why: `Routing protocol ${PROTOCOL} is how Waymark tells its own from others' routes and rules; tables from ${TABLE.choice} to ${LAST_TABLE - 1} are its own. Another program with these numbers would lose what it makes.`,
      remedy: wrong.map((line) => edit(line.path, line.text, null)),
    },
  ];
}

function routesOfOthers({ routes }: Facts): Finding[] {
  const foreign = routes.filter(
    ({ table, protocol }) => table >= TABLE.choice && table < LAST_TABLE && protocol !== PROTOCOL,
  );
  const [first] = foreign;
  if (first === undefined) return [];
  return [
    {
      id: "routes-in-our-tables",
      severity: "warning",
      title: "another program puts routes into Waymark's tables",
      found: foreign.map(
        ({ table, destination, device, protocol }) =>
          `table ${table}: ${destination} dev ${device} proto ${protocol}`,
      ),
      why: "They take part in the choice of uplink, and Waymark leaves them, since it does not remove what is not its own.",
      remedy: foreign.map(({ family, table, destination, protocol }) =>
        run(`ip${family === 6 ? " -6" : ""} route del ${destination} table ${table} proto ${protocol}`),
      ),
    },
  ];
}

function ourProtocolElsewhere({ routes, rules }: Facts): Finding[] {
  const strays = [
    ...routes
      .filter(({ table, protocol }) => protocol === PROTOCOL && (table < TABLE.choice || table >= LAST_TABLE))
      .map(({ table, destination }) => `route ${destination} in table ${table} has protocol ${PROTOCOL}`),
    ...rules
      .filter(
        ({ priority, protocol }) =>
          protocol === PROTOCOL && (priority < PRIORITY.sharedLan || priority > PRIORITY.choice),
      )
      .map(({ json }) => `ip rule ${ruleWords(json)} has protocol ${PROTOCOL}`),
  ];
  if (strays.length === 0) return [];
  return [
    {
      id: "protocol-shared",
      severity: "warning",
      title: `another program makes routes or rules with Waymark's routing protocol (${PROTOCOL})`,
      found: strays,
      why: "By this number Waymark knows what is its own: rules that bear it are removed by apply and stop.",
      remedy: [note("give the other program another protocol number, 1 to 255; see /etc/iproute2/rt_protos")],
    },
  ];
}

/** Between our rules a foreign one is met by some packets only, which its owner does not expect. */
function amongOurs({ rules }: Facts): Finding[] {
  const between = rules.filter(
    ({ priority, protocol, json }) =>
      protocol !== PROTOCOL &&
      priority >= PRIORITY.sharedLan &&
      priority < PRIORITY.choice &&
      Number(json.table) !== 255,
  );
  const ours = rules.some(({ protocol }) => protocol === PROTOCOL);
  if (between.length === 0 || !ours) return [];
  return [
    {
      id: "rules-among-ours",
      severity: "note",
      title: "rules of other programs stand among Waymark's",
      found: between.map(({ family, json }) => `ip${family === 6 ? " -6" : ""} rule ${ruleWords(json)}`),
      why: "Packets of pinned connections jump over some of them: whether such a rule is met depends on the packet's mark. In front of all that is a priority below 30000.",
      remedy: [],
    },
  ];
}
