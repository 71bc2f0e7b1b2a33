import type { Machine } from "./machine.ts";

/** Puts the kernel's control groups where systemd has them: a router's own /sys comes without. */
export async function controlGroups(machine: Machine): Promise<void> {
  await machine.sh("[ -e /sys/fs/cgroup/cgroup.procs ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup");
}
