import { describe, expect, it } from "vitest";
import { askPing, hearPing, type PingStep, type PingTalk, startTalk } from "../../../lib/probe/ping-talk.ts";

const GAP = 250;
const reply = (number: number, rtt: number | null = 20) => ({ kind: "reply", number, rtt }) as const;
const silence = (number: number) => ({ kind: "silence", number }) as const;

/** Plays a script; tells signals and events as they come, and when each probe was said to be sent. */
function play(
  gap: number,
  script: readonly (readonly [number, "ask" | ReturnType<typeof reply | typeof silence>])[],
) {
  let talk: PingTalk = startTalk(gap, 0);
  const out: string[] = [];
  for (const [now, what] of script) {
    const done: PingStep & { sentAt?: number | null } =
      what === "ask" ? askPing(talk, now) : hearPing(talk, what, now);
    talk = done.talk;
    if (typeof done.sentAt === "number") out.push(`${now} sent ${done.sentAt}`);
    for (const event of done.events) {
      out.push(
        event.kind === "answered"
          ? `${now} answered ${event.sentAt} ${event.rtt}`
          : `${now} ${event.extra ? "extra" : "sent"} ${event.sentAt}`,
      );
    }
    if (done.signal !== null) out.push(`${now} ${done.signal}`);
  }
  return out;
}

describe("a line that answers", () => {
  it("one probe each time, the program stopped in between", () =>
    expect(
      play(GAP, [
        [20, reply(1)],
        [1000, "ask"],
        [1020, reply(2)],
        [2000, "ask"],
      ]),
    ).toEqual([
      "20 answered 0 20",
      "20 SIGSTOP",
      "1000 sent 1000",
      "1000 SIGCONT",
      "1020 answered 1000 20",
      "1020 SIGSTOP",
      "2000 sent 2000",
      "2000 SIGCONT",
    ]));
  it("its answer stops it, though another one is out already", () =>
    expect(
      play(GAP, [
        [254, silence(1)],
        [400, reply(1, 400)],
      ]),
    ).toEqual(["254 extra 254", "400 answered 0 400", "400 SIGSTOP"]));
  it("the answer to an earlier one does not, if a later one was asked for", () =>
    expect(
      play(GAP, [
        [254, silence(1)],
        [300, "ask"],
        [508, silence(2)],
        [550, reply(1, 550)],
        [560, reply(2, 306)],
        [570, reply(3, 62)],
      ]),
    ).toEqual([
      "254 extra 254",
      "508 sent 508",
      "550 answered 0 550",
      "560 answered 254 306",
      "570 answered 508 62",
      "570 SIGSTOP",
    ]));
  it("nor if one is asked for that is not out yet: it comes at the end of the gap", () =>
    expect(
      play(GAP, [
        [254, silence(1)],
        [300, "ask"],
        [400, reply(1, 400)],
        [410, reply(2, 156)],
        [530, reply(3, 26)],
      ]),
    ).toEqual([
      "254 extra 254",
      "400 answered 0 400",
      "400 sent 504",
      "410 answered 254 156",
      "530 answered 504 26",
      "530 SIGSTOP",
    ]));
  it("asked for a moment after it was stopped, it sends when its gap is over", () =>
    expect(
      play(GAP, [
        [254, silence(1)],
        [270, reply(2, 16)],
        [280, "ask"],
      ]),
    ).toEqual(["254 extra 254", "270 answered 254 16", "270 SIGSTOP", "280 sent 504", "280 SIGCONT"]));
});

describe("a line that is silent", () => {
  it("the program goes on by itself", () =>
    expect(
      play(GAP, [
        [254, silence(1)],
        [508, silence(2)],
        [762, silence(3)],
        [1000, "ask"],
        [1016, silence(4)],
        [1270, silence(5)],
      ]),
    ).toEqual([
      "254 extra 254",
      "508 extra 508",
      "762 extra 762",
      // it runs: the next one that it sends is the one that is wanted
      "1016 sent 1016",
      "1270 extra 1270",
    ]));
  it("who asks again before it is out gets nothing more", () =>
    expect(
      play(GAP, [
        [254, silence(1)],
        [400, "ask"],
        [450, "ask"],
        [508, silence(2)],
        [762, silence(3)],
      ]),
    ).toEqual(["254 extra 254", "508 sent 508", "762 extra 762"]));
  it("many unanswered ones are not remembered for ever", () => {
    let talk = startTalk(GAP, 0);
    for (let number = 1; number < 1000; number++) talk = hearPing(talk, silence(number), number * GAP).talk;
    expect(talk.open.size).toBe(64);
    expect(hearPing(talk, reply(3), 1000 * GAP).events).toEqual([]);
    expect(hearPing(talk, reply(990), 1000 * GAP).events).toHaveLength(1);
  });
});

describe("answers", () => {
  it("a second one is none", () =>
    expect(
      play(GAP, [
        [20, reply(1)],
        [21, reply(1)],
      ]),
    ).toEqual(["20 answered 0 20", "20 SIGSTOP"]));
  it("one to a probe that went out unnoticed", () =>
    expect(play(GAP, [[300, reply(2)]])).toEqual(["300 answered 280 20", "300 SIGSTOP"]));
  it("the program was stopped and is read later: its round trip counts", () =>
    expect(
      play(GAP, [
        [20, reply(1)],
        [1000, "ask"],
        [5000, reply(2, 31)],
      ]).slice(-2),
    ).toEqual(["5000 answered 1000 31", "5000 SIGSTOP"]));
  it("a leap of the wall clock is no round trip", () =>
    expect(play(GAP, [[20, reply(1, 3_600_000)]])[0]).toBe("20 answered 0 70"));
  it("without a round trip: the time until it was read", () =>
    expect(play(GAP, [[20, reply(1, null)]])[0]).toBe("20 answered 0 20"));
  it("of a number that is far off", () =>
    expect(
      play(GAP, [
        [20, reply(1)],
        [30, reply(60_000)],
      ]),
    ).toEqual(["20 answered 0 20", "20 SIGSTOP"]));
});

it("counts on when ping's sixteen bits are over", () => {
  const newest = 0x2fffd;
  let talk: PingTalk = {
    ...startTalk(GAP, 0),
    newest,
    wanted: newest,
    open: new Map([[newest, { at: 0, extra: false }]]),
  };
  const shown = [0xfffd, 0xfffe, 0xffff, 0, 1];
  for (const [round, number] of shown.entries()) {
    const heard = hearPing(talk, reply(number, 1), round * 1000 + 1);
    expect(heard.events).toEqual([{ kind: "answered", sentAt: round * 1000, rtt: 1 }]);
    talk = askPing(heard.talk, round * 1000 + 1000).talk;
  }
  expect(talk.newest).toBe(newest + shown.length);
});
