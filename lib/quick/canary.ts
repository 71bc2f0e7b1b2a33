/**
 * Asks for the packet filter's sign (lib/kernel/canary.ts) without node:net, whose loading costs a hook a fifth of what
 * bare Node costs. The wrap under it is no public interface: where it is not as expected, `null` sends the caller the
 * long way.
 */

import { signPlace } from "../kernel/canary-place.ts";

interface TcpWrap {
  readonly TCP: new (
    type: number,
  ) => { connect(request: object, host: string, port: number): number; close(): void };
  readonly TCPConnectWrap: new () => { oncomplete?: (status: number) => void };
  readonly constants: { readonly SOCKET: number };
}

/** errno(3) of Linux, as libuv returns it. */
const HOST_UNREACHABLE = -113;
const CONNECTION_REFUSED = -111;
const PATIENCE_MS = 250;

/** @returns whether the table with this fingerprint is still loaded; null: cannot be told this way */
export function isStillLoaded(fingerprint: string): Promise<boolean | null> {
  const { host, port } = signPlace(fingerprint);
  return new Promise((resolve) => {
    const { binding } = process as unknown as { binding?: (name: string) => TcpWrap };
    if (binding === undefined) return resolve(null);
    const { TCP, TCPConnectWrap, constants } = binding("tcp_wrap");
    const socket = new TCP(constants.SOCKET);
    const request = new TCPConnectWrap();
    const end = (status: number) => {
      clearTimeout(timer);
      socket.close();
      resolve(status === HOST_UNREACHABLE ? true : status === CONNECTION_REFUSED ? false : null);
    };
    const timer = setTimeout(end, PATIENCE_MS, 0);
    request.oncomplete = end;
    const status = socket.connect(request, host, port);
    if (status !== 0) end(status);
  });
}
