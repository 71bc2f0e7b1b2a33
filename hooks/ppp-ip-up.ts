// Runs when pppd brings a link up (ip-up.d and ipv6-up.d); docs/hooks.md says what the caller passes.
import { runHook } from "../lib/quick/hook.ts";

runHook("ppp-ip-up", process.argv.slice(2)).then(
  () => process.exit(0),
  () => process.exit(0),
);
