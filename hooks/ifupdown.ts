// Runs when ifup or ifdown configured an interface (if-up.d and if-post-down.d); docs/hooks.md says what the caller passes.
import { runHook } from "../lib/quick/hook.ts";

runHook("ifupdown", process.argv.slice(2)).then(
  () => process.exit(0),
  () => process.exit(0),
);
