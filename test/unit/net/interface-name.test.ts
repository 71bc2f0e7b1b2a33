import { expect, it } from "vitest";
import { isInterfaceName } from "../../../lib/net/interface-name.ts";

const name = (text: string, expected: boolean) =>
  it(`${JSON.stringify(text)} is ${expected ? "a" : "no"} name`, () =>
    expect(isInterfaceName(text)).toBe(expected));

name("eth0", true);
name("eth0.100", true);
name("wlx001122334455", true);
name("ppp0", true);
name("br-lan", true);
name("_x", true);
name("0", true);
name("wlx0011223344556", false);
name("", false);
name(".", false);
name("..", false);
name("-x", false);
name("eth0/1", false);
name("eth0:1", false);
name("eth 0", false);
name("eth0\n", false);
name('eth"0', false);
name("{", false);
name("#x", false);
name("all", false);
name("default", false);
