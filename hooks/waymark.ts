// The command.
import { main } from "../lib/cli/main.ts";

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`waymark: ${String(error)}\n`);
    process.exitCode = 1;
  },
);
