import { expect, test } from "vitest";
import { NO_FACTS } from "../../../lib/event/event.ts";
import { event, ignored } from "./support.ts";

test("up", () =>
  expect(event("ifplugd", ["eth0", "up"])).toEqual({
    source: "ifplugd",
    kind: "up",
    interface: "eth0",
    facts: NO_FACTS,
  }));
test("down", () => expect(event("ifplugd", ["eth0", "down"]).kind).toBe("down"));
test("a third argument", () => expect(event("ifplugd", ["eth0", "up", "extra"]).kind).toBe("up"));
test("other action", () =>
  expect(ignored("ifplugd", ["eth0", "UP"])).toBe('ifplugd action "UP" is not known'));
test("no action", () => expect(ignored("ifplugd", ["eth0"])).toBe('ifplugd action "" is not known'));
test("no argument", () => expect(ignored("ifplugd", [])).toBe("no interface named"));
test("lo", () => expect(ignored("ifplugd", ["lo", "up"])).toBe("lo is never an uplink"));
test("variables do not count", () =>
  expect(ignored("ifplugd", [], { IFACE: "eth0", INTERFACE: "eth0" })).toMatch(/./));
