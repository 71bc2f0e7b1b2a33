/** Which loopback address the packet filter with a fingerprint lets nothing through to, and the one beside it, which it does. */

export function signPlace(fingerprint: string): { readonly host: string; readonly beside: string } {
  const [high = 0, middle = 0, low = 0] = [0, 2, 4].map((at) =>
    Number.parseInt(fingerprint.slice(at, at + 2), 16),
  );
  const prefix = `127.${64 + (high % 64)}.${middle}.`;
  return { host: `${prefix}${low}`, beside: `${prefix}${low ^ 1}` };
}
