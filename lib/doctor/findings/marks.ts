/** Marks of other programs in the bits that are Waymark's. */

import { planMarking } from "../../plan/marking.ts";
import { hex, markCapacity } from "../../plan/marks.ts";
import type { Facts } from "../facts.ts";
import { append, edit, type Finding, note, run, type Step } from "../finding.ts";
import { programOf } from "../known-marks.ts";
import { linesOf } from "../lines.ts";
import { type MarkUser, markUsers } from "../mark-users.ts";
import { ALL_BITS } from "../packet-filter/model.ts";

const CONFIG = "/etc/waymark/waymark.toml";

export function marks(facts: Facts): Finding[] {
  const { house } = facts;
  if (house === null) return [];
  const { mask } = house.config.marks;
  const users = markUsers(facts);
  const overlapping = users.filter(({ use }) => (use.mask & mask) !== 0);
  const ours = ownMarks(facts);
  const of = (test: (user: MarkUser) => boolean) => overlapping.filter(test);
  const taken = of((user) => isTakenForOurs(user, ours, mask));
  const disturbing = of((user) => !taken.includes(user) && disturbs(user));
  const tolerated = of(
    (user) => !taken.includes(user) && !disturbing.includes(user) && isWorthTelling(user, mask),
  );
  return [
    ...about(facts, users, taken, {
      id: "marks-collide",
      severity: "error",
      title: `other programs use marks that are those of Waymark's uplinks (mask ${hex(mask)})`,
      why: "Packets that bear such a mark are taken for another program's, or the other program's for connections of an uplink: they leave by the wrong line.",
    }),
    ...about(facts, users, disturbing, {
      id: "marks-overlap",
      severity: "warning",
      title: `other programs change mark bits that are Waymark's (mask ${hex(mask)})`,
      why: "A packet of a pinned connection whose bits are changed on its way loses its uplink, and is routed like a new one.",
    }),
    ...(tolerated.length === 0
      ? []
      : [
          {
            id: "marks-beside",
            severity: "note",
            title: "other programs' marks lie in Waymark's bits, and get along with it",
            found: tolerated.map(told),
            why: "Waymark leaves such marks as they are: packets that bear them are routed by their owners' rules, then by the choice of uplink. No uplink's own mark is the same.",
            remedy: [],
          } as const,
        ]),
  ];
}

type Head = Pick<Finding, "id" | "severity" | "title" | "why">;

function about(facts: Facts, all: readonly MarkUser[], users: readonly MarkUser[], head: Head): Finding[] {
  if (users.length === 0) return [];
  return [{ ...head, found: [...new Set(users.map(told))], remedy: anotherMask(facts, all) }];
}

function told({ use, where }: MarkUser): string {
  return `${where}${programOf(use.value, use.mask)}`;
}

/** Marks that packets of this machine's uplinks bear. */
function ownMarks({ house }: Facts): Set<number> {
  if (house === null) return new Set();
  const { balanceMarks, ruleMarks } = planMarking(house.config, house.numbers);
  return new Set([...house.uplinks.map(({ mark }) => mark), ...balanceMarks.values(), ...ruleMarks.values()]);
}

/** A match that our packets meet, or a mark that looks like ours. */
function isTakenForOurs({ use, guarded }: MarkUser, ours: ReadonlySet<number>, mask: number): boolean {
  if (use.value === null) return false;
  if (use.kind === "match") return [...ours].some((mark) => (mark & use.mask) >>> 0 === use.value);
  return use.kind === "set" && !guarded && ours.has((use.value & mask) >>> 0);
}

/** What is written over our bits of packets that may be anybody's. */
function disturbs({ use, guarded, proxied }: MarkUser): boolean {
  if (guarded || proxied) return false;
  // A packet that gets back its connection's bits gets back ours too.
  return use.kind === "set" || (use.kind === "copy" && use.field === "connection");
}

/** A match of all bits tells only of its own value. */
function isWorthTelling({ use }: MarkUser, mask: number): boolean {
  if (use.kind === "copy") return true;
  return use.value === null ? use.mask !== ALL_BITS : (use.value & mask) !== 0;
}

/** A field of as many bits that nobody else uses. */
function anotherMask(facts: Facts, users: readonly MarkUser[]): Step[] {
  const mask = facts.house?.config.marks.mask ?? 0;
  const bits = Math.log2(markCapacity(mask) + 1);
  const used = users.reduce((all, { use }) => (all | bitsOf(use)) >>> 0, 0);
  const free = freeField(bits, used);
  if (free === null) {
    return [note("no other field of the mark is free: give one of these programs other bits")];
  }
  const line = linesOf(CONFIG, facts.files[CONFIG] ?? "").find(({ text }) =>
    /^(marks\.)?mask\s*=/.test(text),
  );
  const wanted = `mask = "${hex(free)}"`;
  return [
    line === undefined
      ? append(CONFIG, `[marks]\n${wanted}\n`)
      : edit(CONFIG, line.text, line.text.startsWith("marks.") ? `marks.${wanted}` : wanted),
    run("waymark apply"),
    note(
      "connections that are open then are pinned anew with their next packet, and may change their uplink",
    ),
  ];
}

/** Bits that a use occupies: of a comparison with all bits only those that are set. */
function bitsOf({ mask, value }: MarkUser["use"]): number {
  return mask === ALL_BITS ? (value ?? 0) : mask;
}

/** The lowest free field from bit 8 up, then below; byte borders first. null: there is none. */
export function freeField(bits: number, used: number): number | null {
  const places = Array.from({ length: 33 - bits }, (_, place) => place);
  const order = [8, 16, 24, 0, ...places].filter((place) => place + bits <= 32);
  const field = (place: number) => (2 ** bits - 1) * 2 ** place;
  const found = order.find((place) => (field(place) & used) >>> 0 === 0);
  return found === undefined ? null : field(found);
}
