import { controlGroups } from "./control-groups.ts";
import type { Background } from "./machine.ts";
import type { Router } from "./router.ts";
import { until } from "./wait.ts";

const JOURNALD = "/lib/systemd/systemd-journald";

/** What must not be asked of the one kernel that all machines share. */
const CONFIG = "[Journal]\nStorage=volatile\nAudit=no\nReadKMsg=no\n";

/** A /dev of the router's own, so that its /dev/log leads to its own journal. */
const OWN_DEV = `
  mkdir /srv/dev; mount -t tmpfs -o mode=755 dev /srv/dev; cp -a /dev/null /dev/zero /dev/urandom /dev/tty /dev/ptmx /srv/dev/
  ln -s /proc/self/fd /srv/dev/fd; for n in 0:stdin 1:stdout 2:stderr; do ln -s fd/\${n%:*} /srv/dev/\${n#*:}; done
  mkdir /srv/dev/pts; mount --rbind /dev/pts /srv/dev/pts; mount --move /srv/dev /dev`;

/** Gives the router a journal: Debian's own daemon, in the router's namespaces. Whatever hooks log goes there. */
export async function startJournal(router: Router): Promise<Background> {
  await router.write("/etc/systemd/journald.conf", CONFIG);
  await controlGroups(router);
  await router.sh(
    `${OWN_DEV}; mkdir -p /run/systemd/journal; ln -s /run/systemd/journal/dev-log /dev/log; [ -s /etc/machine-id ] || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id`,
  );
  const daemon = router.spawn([JOURNALD]);
  await until(
    "the journal",
    async () => (await router.exec(["test", "-S", "/dev/log"], { reject: false })).code === 0,
  );
  return daemon;
}
