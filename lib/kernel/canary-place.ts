/** Which loopback address and port the packet filter with a fingerprint refuses, and the address beside it, which it does not. */

export function signPlace(fingerprint: string): {
  readonly host: string;
  readonly beside: string;
  readonly port: number;
} {
  const bytes = [0, 2, 4, 6].map((at) => Number.parseInt(fingerprint.slice(at, at + 2), 16));
  const [second = 0, third = 0, high = 0, low = 0] = bytes;
  const prefix = `127.87.${second}.`;
  return {
    host: `${prefix}${third}`,
    beside: `${prefix}${third ^ 1}`,
    port: 1024 + ((high * 256 + low) % 60000),
  };
}
