import { describe, expect, it } from "vitest";
import { lookFile, parseFrontLook } from "../../../lib/quick/seen.ts";

const look = (said: string, said6 = "") => ({ asked: "address show\n", asked6: "", said, said6 });
const address = (life: number) =>
  `[{"local":"192.0.2.5","valid_life_time":${life},"preferred_life_time":${life}}]\n`;

describe("what is compared of a look", () => {
  it("does not run down by itself", () =>
    expect(lookFile(look(address(600)))).toBe(lookFile(look(address(7)))));
  it("neither do routes that routers announce", () =>
    expect(lookFile(look('[{"dst":"default","expires":1799,"flags":[]}]'))).toBe(
      lookFile(look('[{"dst":"default","expires":2,"flags":[]}]')),
    ));
  it("tells addresses apart", () =>
    expect(lookFile(look(address(600)))).not.toBe(lookFile(look(address(600).replace(".5", ".6")))));
  it("tells the families apart", () =>
    expect(lookFile(look("[]\n", ""))).not.toBe(lookFile(look("", "[]\n"))));
  it("is nothing if the front did not look", () => expect(parseFrontLook("")).toBeNull());
});
