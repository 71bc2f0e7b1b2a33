/** Programs by the marks they are known to use. */

interface KnownMark {
  readonly program: string;
  readonly value: number | null;
  readonly mask: number;
}

const KNOWN: readonly KnownMark[] = [
  { program: "wg-quick", value: 0xca6c, mask: 0xffffffff },
  { program: "Tailscale", value: null, mask: 0xff0000 },
  { program: "Kubernetes", value: 0x4000, mask: 0x4000 },
  { program: "Kubernetes", value: 0x8000, mask: 0x8000 },
  { program: "Calico", value: null, mask: 0xffff0000 },
  { program: "Cilium", value: null, mask: 0xf00 },
  { program: "mwan3", value: null, mask: 0x3f00 },
  { program: "UniFi", value: null, mask: 0x80000 },
];

/** ` (Tailscale)`, or nothing. */
export function programOf(value: number | null, mask: number): string {
  const known = KNOWN.find((one) => one.mask === mask && (one.value === null || one.value === value));
  return known === undefined ? "" : ` (${known.program}?)`;
}
