/** Asks a name server a question by UDP. Each probe has a port and a number of its own: answers cannot be guessed. */

import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { type Attempt, type End, endOf, type Leg } from "./attempt.ts";
import { dnsQuery, readDnsAnswer } from "./dns-message.ts";

/** @param name what is asked for; `.` is the root */
export function dnsAttempt({ from, family, to, port }: Leg, name: string): Attempt {
  return (end) => {
    const query = dnsQuery(randomInt(0x10000), name);
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    let over = false;
    const finish = (how: End) => {
      if (over) return;
      over = true;
      socket.close();
      end(how);
    };
    const failed = (error: Error | null | undefined) => {
      if (error) finish(endOf(error as NodeJS.ErrnoException));
    };
    socket.on("error", failed);
    // Connected, so that the kernel lets through only what comes from the server's own address and port.
    socket.on("connect", () => socket.send(query, failed));
    socket.on("message", (answer) => {
      const read = readDnsAnswer(query, answer);
      if (read !== null) finish(read);
    });
    socket.bind({ address: from, port: 0, exclusive: true }, () => {
      if (!over) socket.connect(port, to);
    });
    return () => {
      if (over) return;
      over = true;
      socket.close();
    };
  };
}
