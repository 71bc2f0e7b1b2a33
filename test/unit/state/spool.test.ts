import { expect, it } from "vitest";
import { areListed, type SpooledEvent } from "../../../lib/state/spool.ts";

const at = (path: string | null): SpooledEvent => ({ path, raw: "", event: { ignore: "a test" } });
const A = at("/run/waymark/events/ppp-ip-up.12");
const B = at("/run/waymark/events/ppp-ip-up.123");
const OWN = at(null);

it("finds every event in the front's list", () => {
  expect(areListed([A, B], `${A.path} ${B.path}\n`)).toBe(true);
});

it("misses one that came later, also where its name is the beginning of another's", () => {
  expect(areListed([A, B], `${B.path}\n`)).toBe(false);
  expect(areListed([A], `${B.path}\n`)).toBe(false);
});

it("needs no place in the list for one that was handed over as arguments", () => {
  expect(areListed([OWN], "/run/waymark/events/*\n")).toBe(true);
});

it.each([null, "", "\n"])("finds none without a list: %j", (listed) => {
  expect(areListed([A], listed)).toBe(false);
});
