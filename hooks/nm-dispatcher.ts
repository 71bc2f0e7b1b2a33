// Runs when NetworkManager changed a connection (dispatcher.d); docs/hooks.md says what the caller passes.
import { runHook } from "../lib/quick/hook.ts";

runHook("nm-dispatcher", process.argv.slice(2)).then(
  () => process.exit(0),
  () => process.exit(0),
);
