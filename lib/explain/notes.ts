/** What a reader of an explanation should know beside it. */

import type { End } from "./ends.ts";
import type { Journey } from "./journey.ts";
import type { Words } from "./reasons.ts";
import { roleOf, roleText } from "./rule-name.ts";

/** What was left open by the question, what holds for existing connections, what is not as planned. */
export function notesOf(words: Words, journey: Journey, ends: readonly End[]): string[] {
  const steps = [...journey.before, ...journey.ways].flatMap((look) => look.steps);
  const open = steps.flatMap(({ rule, outcome }) => {
    if (outcome.kind !== "no match") return [];
    const name = roleText(roleOf(rule, words.config, words.uplinks), rule);
    if (outcome.unknown.length > 0) {
      return [`${name} selects by ${outcome.unknown.join(", ")}, which is taken not to match`];
    }
    return [
      `${name} may be for it: it selects by ${outcome.unsaid.join(" and ")}, of which nothing was said`,
    ];
  });
  const pinning = ends.flatMap(({ uplink }) => (uplink?.uplink.pin === true ? [uplink.uplink.name] : []));
  const pinned =
    pinning.length > 0
      ? ["this is about new connections: one that exists keeps the uplink that it began on"]
      : [];
  const loose =
    journey.loose.length === 0
      ? []
      : [
          `datagrams of sockets that are neither bound nor connected are shared by weight: ${journey.loose
            .map(({ uplink, part, of }) => `${part} of ${of} by ${uplink}`)
            .join(", ")}`,
        ];
  return [...new Set([...open, ...loose, ...pinned])];
}
