import { expect, it } from "vitest";
import { Lab } from "./harness/lab.ts";
import { watch } from "./harness/monitor.ts";
import { connect, flows, probes, routePolls, SERVER } from "./harness/peer.ts";

// The lab itself, with nothing of Waymark's in it: plain routing does what it should, and the eyes see.

it("never runs in the machine's own network, and shows the router its own devices only", async () => {
  const lab = await Lab.open();
  const router = await lab.router({ bare: true });
  expect((await router.sh("ls /sys/class/net")).trim()).toBe("lo");
  expect(await router.sh("ls /run/netns 2>/dev/null || echo none")).toBe("none");
});

it("carries packets over a wire and over a line, and notes flow, source and uplink", async () => {
  const lab = await Lab.open();
  const router = await lab.router({ bare: true });
  const [cable, phone] = [await lab.isp("cable"), await lab.isp("phone")];
  await lab.wire(router, "eth1", cable, "cust");
  await cable.serveLan("cust", "192.168.42.129/24", "192.168.42.0/24");
  await router.sh("ip addr add 192.168.42.2/24 dev eth1; ip route add default via 192.168.42.129");
  const line = await lab.line(router, phone, {
    iface: "ppp0",
    local: "198.51.100.7",
    remote: "198.51.100.1",
    peer: "gsm",
  });
  expect(await flows(router, 5)).toMatchObject({ by: { "192.168.42.2": 5 }, failed: 0 });
  expect(await router.sh(`tr '\\0' ' ' </proc/${line.pid}/cmdline`)).toBe("/usr/sbin/pppd call gsm ");
  const open = await connect(router, { proto: "udp" });
  expect((await open.say()).peer).toBe("192.168.42.2");

  await router.sh("ip route replace default dev ppp0");
  expect(await flows(router, 5, { proto: "udp" })).toMatchObject({ by: { "198.51.100.7": 5 }, failed: 0 });
  await cable.forget();
  await open.try();
  expect(await phone.foreign([line.local])).toMatchObject([
    { from: "192.168.42.2", to: SERVER, proto: "udp" },
  ]);
  expect(await cable.seen()).toEqual([]);
  await line.hangUp();
  expect(await router.sh("ip -br link")).not.toContain("ppp0");
});

it("counts lost probes and moments without a route, and sees every change", async () => {
  const lab = await Lab.open();
  const router = await lab.router({ bare: true });
  const isp = await lab.isp("cable");
  await lab.wire(router, "eth1", isp, "cust");
  await isp.serveLan("cust", "192.168.42.129/24", "192.168.42.0/24");
  await router.sh("ip addr add 192.168.42.2/24 dev eth1; ip route add default via 192.168.42.129");
  const changes = await watch(router);
  const [fresh, same, polls] = [
    await probes(router, "new"),
    await probes(router, "same"),
    await routePolls(router),
  ];
  await flows(router, 100, { proto: "udp" });
  expect(await fresh.stop()).toMatchObject({ lost: 0 });
  await router.sh("ip route del default");
  await flows(router, 20, { proto: "udp" });
  await router.sh("ip route add default via 192.168.42.129");
  expect((await same.stop()).lost).toBeGreaterThan(0);
  expect((await polls.stop()).refused).toBeGreaterThan(0);
  expect(await changes.stop()).toHaveLength(2);
});
