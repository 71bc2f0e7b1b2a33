// Runs when dhcpcd got or lost a lease, a router or the cable (dhcpcd-hooks); docs/hooks.md says what the caller passes.
import { runHook } from "../lib/quick/hook.ts";

runHook("dhcpcd", process.argv.slice(2)).then(
  () => process.exit(0),
  () => process.exit(0),
);
