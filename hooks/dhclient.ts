// Runs when dhclient got, renewed or lost a lease (dhclient-exit-hooks.d); docs/hooks.md says what the caller passes.
import { runHook } from "../lib/quick/hook.ts";

runHook("dhclient", process.argv.slice(2)).then(
  () => process.exit(0),
  () => process.exit(0),
);
