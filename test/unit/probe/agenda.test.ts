import { describe, expect, it } from "vitest";
import {
  type Agenda,
  abandoned,
  answered,
  ended,
  newAgenda,
  nextAt,
  sent,
  step,
} from "../../../lib/probe/agenda.ts";
import { aCheck } from "./support.ts";

/** Sends what the step asks for. */
function act(agenda: Agenda, now: number, overdue: number | null = null) {
  const done = step(agenda, now, overdue);
  const after = done.ask.reduce(
    (before, { target, extra }) => sent(before, { target, sentAt: now, extra }),
    done.agenda,
  );
  return { ...done, agenda: after };
}

const names = (ask: readonly { target: string; extra: boolean }[]) =>
  ask.map(({ target, extra }) => `${target}${extra ? "!" : ""}`);

const ALONE = newAgenda(aCheck(), ["a"], 0);
const PAIR = newAgenda(aCheck(), ["a", "b"], 0);

describe("the usual probes", () => {
  it("the first at once, then one each interval", () => {
    const first = act(ALONE, 0);
    expect(names(first.ask)).toEqual(["a"]);
    expect(nextAt(first.agenda, null)).toBe(1000);
    expect(names(act(first.agenda, 999).ask)).toEqual([]);
    expect(names(act(first.agenda, 1003).ask)).toEqual(["a"]);
    // late by three milliseconds once is not late for ever
    expect(act(first.agenda, 1003).agenda.next).toEqual([2000]);
  });
  it("several targets one behind the other", () => {
    const first = act(PAIR, 0);
    expect(names(first.ask)).toEqual(["a"]);
    expect(names(act(first.agenda, 500).ask)).toEqual(["b"]);
  });
  it("what was missed is not made up for", () => {
    const { agenda, ask } = act(ALONE, 10_250);
    expect(names(ask)).toEqual(["a"]);
    expect(agenda.next).toEqual([11_250]);
  });
});

describe("a probe without an answer", () => {
  it("is lost at its own deadline, not when the next is sent", () => {
    const quick = newAgenda(aCheck({ timeout: 300 }), ["a"], 0);
    const { agenda } = act(quick, 0);
    expect(nextAt(agenda, null)).toBe(300);
    expect(act(agenda, 299).lost).toEqual([]);
    expect(act(agenda, 300).lost).toEqual([{ target: "a", sentAt: 0, extra: false }]);
  });
  it("others may be under way meanwhile", () => {
    const slow = newAgenda(aCheck({ timeout: 2500 }), ["a"], 0);
    const after = [0, 1000, 2000].reduce((agenda, now) => act(agenda, now).agenda, slow);
    expect(act(after, 2500).lost.map(({ sentAt }) => sentAt)).toEqual([0]);
    expect(answered(after, "a", 1000).agenda.pending.map(({ sentAt }) => sentAt)).toEqual([0, 2000]);
  });
  it("is lost once", () => {
    const { agenda } = act(act(ALONE, 0).agenda, 1000);
    expect(act(agenda, 1001).lost).toEqual([]);
  });
  it("is known for ten seconds more, if its answer comes late", () => {
    const early = { target: "a", sentAt: 0, extra: false };
    const lost = step(sent(ALONE, early), 1000, null).agenda;
    expect(answered(lost, "a", 0).asked).toEqual(early);
    expect(step(lost, 10_999, null).agenda.late).toEqual([early]);
    expect(step(lost, 11_000, null).agenda.late).toEqual([]);
  });
});

describe("an overdue answer", () => {
  it("makes extra probes go out until somebody answers", () => {
    let { agenda } = act(PAIR, 0, 100);
    const sentAt: string[] = [];
    for (let now = 50; now < 1200; now += 50) {
      const done = act(agenda, now, 100);
      agenda = done.agenda;
      sentAt.push(...names(done.ask).map((name) => `${now} ${name}`));
    }
    // the usual ones at 500 and 1000 count as one of them
    expect(sentAt).toEqual(["100 a!", "350 b!", "500 b", "750 a!", "1000 a"]);
    const heard = answered(agenda, "b", 500).agenda;
    expect(names(act(heard, 1250, 100).ask)).toEqual([]);
  });
  it("is none while they are not wanted", () => {
    const { agenda } = act(ALONE, 0);
    expect(nextAt(agenda, null)).toBe(1000);
    expect(nextAt(agenda, 100)).toBe(100);
    expect(names(act(agenda, 900).ask)).toEqual([]);
  });
  it("is one of the first probe since the last answer", () => {
    const { agenda } = act(act(ALONE, 0).agenda, 1000);
    expect(agenda.waitingSince).toBe(0);
    const heard = answered(agenda, "a", 1000).agenda;
    expect(heard.waitingSince).toBeNull();
    expect(act(heard, 2000).agenda.waitingSince).toBe(2000);
  });
});

describe("other ends", () => {
  const asked = act(ALONE, 0).agenda;
  it("an answer to what nobody knows of counts as extra", () =>
    expect(answered(asked, "a", 17).asked).toEqual({ target: "a", sentAt: 17, extra: true }));
  it("a wrong answer ends the probe, once", () => {
    const { agenda, asked: known } = ended(asked, "a", 0);
    expect(known).toEqual({ target: "a", sentAt: 0, extra: false });
    expect(ended(agenda, "a", 0).asked).toBeNull();
    expect(act(agenda, 1000).lost).toEqual([]);
  });
  it("a wrong answer behind the deadline tells nothing new", () =>
    expect(ended(act(asked, 1000).agenda, "a", 0).asked).toBeNull());
  it("who is not asked any more loses nothing", () =>
    expect(act(abandoned(asked, "a"), 1000).lost).toEqual([]));
});
