/**
 * Asks by opening a TCP connection. A refusal (RST) is an answer too: whoever sends it is alive, and so is the line.
 * (A firewall of the provider's may send it in another's name: then choose a port that is open, or another method.)
 */

import { connect } from "node:net";
import { type Attempt, type End, endOf, type Leg } from "./attempt.ts";

export function tcpAttempt({ from, family, to, port }: Leg): Attempt {
  return (end) => {
    const socket = connect({ host: to, port, localAddress: from, family });
    let over = false;
    const finish = (how: End) => {
      if (over) return;
      over = true;
      end(how);
    };
    socket.once("connect", () => {
      // Nothing was said on it: a reset leaves neither end with anything to remember.
      socket.resetAndDestroy();
      finish({ kind: "answered" });
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      finish(error.code === "ECONNREFUSED" ? { kind: "answered" } : endOf(error));
    });
    return () => {
      over = true;
      socket.destroy();
    };
  };
}
