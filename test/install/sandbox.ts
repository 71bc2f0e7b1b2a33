/**
 * A machine to install on: own network namespace, own mounts, this machine's /etc, /usr and /var below throw-away
 * layers. Nothing that happens inside is seen outside.
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Ran, runProgram } from "./checkout.ts";

/** Two uplinks on veth pairs; their far ends, in a namespace of their own, are the gateways 192.0.2.1 and 198.51.100.1. */
const UPLINKS = `
ip link set lo up
ip netns add isp
far="ip netns exec isp"
$far ip link set lo up
for n in 0 1; do
  ip link add uplink$n type veth peer name far$n netns isp
  ip link set uplink$n up
  $far ip link set far$n up
done
ip address add 192.0.2.2/24 dev uplink0
ip address add 198.51.100.2/24 dev uplink1
$far ip address add 192.0.2.1/24 dev far0
$far ip address add 198.51.100.1/24 dev far1
ip route add default via 192.0.2.1 dev uplink0
ip route add default via 198.51.100.1 dev uplink1 metric 100
`;

function mounts(layers: string): string {
  return `
mount -t tmpfs layers ${layers}
for name in etc usr var; do
  mkdir -p ${layers}/$name/upper ${layers}/$name/work
  mount -t overlay overlay -o lowerdir=/$name,upperdir=${layers}/$name/upper,workdir=${layers}/$name/work /$name
done
mount -t tmpfs run /run
mount -t sysfs sysfs /sys
rm -rf /etc/waymark /var/lib/waymark
`;
}

/** Why no sandbox can be had here; null when one can. */
export function whyNoSandbox(directory: string): string | null {
  if (process.getuid?.() !== 0) return "needs root";
  const { status, stderr } = runInSandbox(directory, "true");
  return status === 0 ? null : `no namespaces with overlays here: ${stderr.trim()}`;
}

/** Runs a shell script (`set -eu`) inside; `directory` is seen there too, with a place for the layers in it. */
export function runInSandbox(directory: string, script: string): Ran {
  const layers = join(directory, "layers");
  mkdirSync(layers, { recursive: true });
  const whole = `set -eu\n${mounts(layers)}${UPLINKS}\ncd ${directory}\n${script}`;
  return runProgram("unshare", ["--net", "--mount", "--propagation", "private", "--", "bash", "-c", whole], {
    NODE: process.execPath,
  });
}
