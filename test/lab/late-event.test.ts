import { expect, it } from "vitest";
import { factsOf, pppDown, pppUp } from "./harness/hooks.ts";
import { homeServer } from "./harness/houses.ts";
import { until } from "./harness/wait.ts";

/** Where pppd's hooks find node first; it starts the real one when /run/hold is gone. */
const NODE = "/usr/local/sbin/node";
const SLOW_NODE = `#!/bin/sh
if [ -e /run/hold ]; then
  : >/run/held
  while [ -e /run/hold ]; do sleep 0.02; done
fi
exec /usr/bin/node "$@"
`;

it("an event that comes behind a hook's look at the kernel is not taken for one that the look has seen", async () => {
  const { router, dial } = await homeServer();
  const [a, b] = [await dial(0, "198.51.100.10"), await dial(1, "198.51.100.130")];
  await router.apply(`
[uplink.main]
peer = "dsl-a"
tier = 1

[uplink.p2p]
peer = "dsl-b"
tier = 2
`);
  await b.hangUp();
  await pppDown(router, factsOf(b));
  expect((await router.uplink("p2p")).state).toBe("absent");

  // `ip` looks while node starts; here it has looked long before.
  await router.write(NODE, SLOW_NODE, 0o755);
  await router.sh(": >/run/hold");
  const first = pppUp(router, factsOf(a));
  await until("the first hook's node", async () => (await router.sh("ls /run")).includes("held"));
  const again = await dial(1, "198.51.100.140");
  const second = pppUp(router, factsOf(again));
  await until(
    "the second event",
    async () => (await router.sh("ls /run/waymark/events")).split("\n").filter(Boolean).length === 2,
  );
  await router.sh("rm /run/hold");
  await Promise.all([first, second]);

  // What `status` says of the line is looked up anew: only the routing tells whether the event counted.
  expect(await router.sh("ip rule")).toContain("from 198.51.100.140 ");
  expect(await router.sh("ip route show table 87002")).toContain("default dev ppp1");
  expect(await router.sh("ls /run/waymark/events")).toBe("");
});
