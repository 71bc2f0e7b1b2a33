/** The one question that is asked of a name server, and how its answer is told (RFC 1035, section 4). Pure. */

/** Resource record types: an address for a name; for the root, which every resolver knows, its start of authority. */
const TYPE = { a: 1, soa: 6 } as const;
const CLASS_IN = 1;
const HEADER = 12;
const FLAGS = { response: 0x8000, recursionDesired: 0x0100 } as const;

/** RCODE values (RFC 1035; IANA). */
const CODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;
/** Answers of a resolver that reaches the servers behind it; one that does not says SERVFAIL. */
const GOOD: readonly string[] = ["NOERROR", "NXDOMAIN"];

/**
 * The question.
 * @param id 0 to 65535, by chance, so that an answer cannot be guessed
 * @param name as checked by the configuration: labels of 1 to 63 ASCII characters, or `.` for the root
 */
export function dnsQuery(id: number, name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(FLAGS.recursionDesired, 2);
  header.writeUInt16BE(1, 4);
  const question = labels.map((label) => {
    const text = Buffer.from(label, "latin1");
    return Buffer.concat([Buffer.from([text.length]), text]);
  });
  const end = Buffer.from([0, 0, labels.length === 0 ? TYPE.soa : TYPE.a, 0, CLASS_IN]);
  return Buffer.concat([header, ...question, end]);
}

export type DnsAnswer = { readonly kind: "answered" } | { readonly kind: "wrong"; readonly why: string };

/**
 * Reads a datagram that may be the answer to the query.
 * @returns null: it is none of ours (another id or question, or no answer at all)
 */
export function readDnsAnswer(query: Buffer, answer: Buffer): DnsAnswer | null {
  if (answer.length < HEADER || answer.readUInt16BE(0) !== query.readUInt16BE(0)) return null;
  const flags = answer.readUInt16BE(2);
  if ((flags & FLAGS.response) === 0) return null;
  const code = flags & 0xf;
  const word = CODES[code] ?? `RCODE ${code}`;
  const repeats = answer.readUInt16BE(4) === 1 && sameQuestion(query, answer);
  // A server that refuses may leave the question out.
  if (!repeats && (code === 0 || answer.readUInt16BE(4) !== 0)) return null;
  return GOOD.includes(word) ? { kind: "answered" } : { kind: "wrong", why: `answered ${word}` };
}

/** The same bytes, whatever the case of letters. */
function sameQuestion(query: Buffer, answer: Buffer): boolean {
  const lower = (buffer: Buffer) => buffer.toString("latin1", HEADER, query.length).toLowerCase();
  return answer.length >= query.length && lower(query) === lower(answer);
}
