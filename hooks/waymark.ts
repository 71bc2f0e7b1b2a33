// The command.
import { loadCommand } from "../lib/quick/late.ts";

loadCommand()
  .then(({ main }) => main(process.argv.slice(2)))
  .then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      process.stderr.write(`waymark: ${String(error)}\n`);
      process.exitCode = 1;
    },
  );
