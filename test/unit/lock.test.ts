import { expect, it } from "vitest";
import { shownCommand } from "../../lib/lock.ts";

const HOOK = "/etc/ppp/ip-up.d/waymark";

it.each([
  [
    "a hook's shell",
    ["/bin/sh", "-c", "long\ntext", HOOK, "/usr/bin/node", "", "/run/waymark", "more text"],
    HOOK,
  ],
  ["a hook's node", ["/usr/bin/node", "-e", "long\ntext", "--", HOOK, "@ppp0"], `${HOOK} @ppp0`],
  ["the command", ["flock", "/run/waymark", "sleep", "60", ""], "flock /run/waymark sleep 60"],
  ["a script that somebody typed", ["sh", "-c", "sleep 60"], "sh -c sleep 60"],
])("says who holds the lock without its program: %s", (_, words, shown) => {
  expect(shownCommand(words)).toBe(shown);
});

it("cuts a long command line", () => {
  expect(shownCommand(["x".repeat(5000)])).toHaveLength(200);
});
