// Runs when a cable is plugged or pulled (ifplugd's action.d); docs/hooks.md says what the caller passes.
import { runHook } from "../lib/quick/hook.ts";

runHook("ifplugd", process.argv.slice(2)).then(
  () => process.exit(0),
  () => process.exit(0),
);
