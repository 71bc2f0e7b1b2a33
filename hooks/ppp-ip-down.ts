// Runs when pppd takes a link down (ip-down.d and ipv6-down.d); docs/hooks.md says what the caller passes.
import { runHook } from "../lib/quick/hook.ts";

runHook("ppp-ip-down", process.argv.slice(2)).then(
  () => process.exit(0),
  () => process.exit(0),
);
