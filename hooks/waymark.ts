// The command.
import { main } from "../lib/cli/main.ts";

main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
