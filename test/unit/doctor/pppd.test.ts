import { describe, expect, it } from "vitest";
import { pppd } from "../../../lib/doctor/findings/pppd.ts";
import { facts, house, ids, step, twoLines } from "./support.ts";

const ECHO = "lcp-echo-interval 5\nlcp-echo-failure 3\n";
const STAYS = "persist\nmaxfail 0\n";
const DIALS = "plugin rp-pppoe.so\nnic-eth1\n";
const WELL = `${DIALS}${ECHO}${STAYS}`;

const peer = (text: string, options = "", config?: string) =>
  pppd(
    facts({
      house: twoLines(config),
      files: { "/etc/ppp/options": options, "/etc/ppp/peers/dsl-a": text, "/etc/ppp/peers/dsl-b": WELL },
    }),
  );

describe("a pppd session", () => {
  it("is all right", () => expect(peer(WELL)).toEqual([]));
  it("is not known", () => expect(pppd(facts({ house: twoLines() }))).toEqual([]));
  it("never asks its far end", () => expect(ids(peer(`${DIALS}${STAYS}`))).toEqual(["warning pppd-no-echo"]));
  it("asks, and does not care", () =>
    expect(ids(peer(`${DIALS}${STAYS}lcp-echo-interval 5\n`))).toEqual(["warning pppd-no-echo"]));
  it("asks as /etc/ppp/options says", () => expect(peer(`${DIALS}${STAYS}`, ECHO)).toEqual([]));
  it("may undo what /etc/ppp/options says", () =>
    expect(ids(peer(`${DIALS}${STAYS}lcp-echo-interval 0\n`, ECHO))).toEqual(["warning pppd-no-echo"]));
  it("asks as a file that it calls says", () => {
    const files = {
      "/etc/ppp/peers/dsl-a": `call common\n${STAYS}`,
      "/etc/ppp/peers/common": `${DIALS}${ECHO}`,
    };
    expect(pppd(facts({ house: twoLines(), files }))).toEqual([]);
  });
  it("may call itself without end", () =>
    expect(
      ids(pppd(facts({ house: twoLines(), files: { "/etc/ppp/peers/dsl-a": `call dsl-a\n${WELL}` } }))),
    ).toEqual([]));
  it("is not asked for twice where Waymark checks the line", () =>
    expect(
      ids(
        peer(
          `${DIALS}${STAYS}`,
          "",
          '[check]\nmethod = "ping"\ntargets = ["9.9.9.9"]\n[uplink.main]\npeer = "dsl-a"\n',
        ),
      ),
    ).toEqual(["note pppd-no-echo"]));
  it("sets a default route", () =>
    expect(ids(peer(`${WELL}defaultroute\n`))).toEqual(["note pppd-default-route"]));
  it("sets none after all", () => expect(peer(`defaultroute\n${WELL}nodefaultroute\n`)).toEqual([]));
  it("takes the others' default route, of which none is learnt from", () =>
    expect(peer(`${WELL}replacedefaultroute\n`)).toEqual([]));
  it("takes the default route that a gateway is learnt from", () => {
    const config = '[uplink.main]\npeer = "dsl-a"\n[uplink.cable]\ninterface = "eth0"\ntier = 2\n';
    const found = peer(`${WELL}replacedefaultroute\n`, "", config);
    expect(ids(found)).toEqual(["warning pppd-replaces-default"]);
    expect(step(found, "edit")).toMatchObject({ path: "/etc/ppp/peers/dsl-a", line: "replacedefaultroute" });
    expect(peer(`${WELL}replacedefaultroute\n`, "", `${config}gateway = "192.168.1.1"\n`)).toEqual([]);
  });
  it("ends when the line drops", () => expect(ids(peer(`${DIALS}${ECHO}`))).toEqual(["note pppd-hangs-up"]));
  it("gives up", () => expect(ids(peer(`${DIALS}${ECHO}persist\n`))).toEqual(["note pppd-gives-up"]));
  it("is dialled on demand", () => expect(ids(peer(`${WELL}demand\n`))).toEqual(["warning pppd-demand"]));
  it("does not read comments, or quoted words apart", () =>
    expect(peer(`${WELL}# demand\nconnect "chat demand"\nuser 'demand x'\n`)).toEqual([]));
});

describe("a password", () => {
  it.each([
    'user "a" password "b c" demand',
    "password secret demand",
    "demand password 'x'",
    "\tdemand  password\tx",
  ])("is not shown: %s", (line) => {
    const text = JSON.stringify(peer(`${WELL}${line}\n`).map(({ found }) => found));
    expect(text).toMatch(/password[^,]*…/);
    expect(text).not.toMatch(/b c|secret|'x'|\bx\b/);
  });
});

describe("an uplink that is told by its number", () => {
  const byNumber = (a: string, b: string) =>
    ids(
      pppd(
        facts({
          house: house('[uplink.main]\ninterface = "ppp0"\n'),
          files: { "/etc/ppp/peers/dsl-a": a, "/etc/ppp/peers/dsl-b": b },
        }),
      ),
    );

  it("may be another one", () => expect(byNumber(WELL, WELL)).toEqual(["warning pppd-unit-moves"]));
  it("is fixed", () => expect(byNumber(`${WELL}unit 0\n`, `${WELL}unit 1\n`)).toEqual([]));
  it("is the only one", () => expect(byNumber(WELL, "noauth\n")).toEqual([]));
});
