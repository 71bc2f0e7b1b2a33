/** What `waymark explain` is asked, read from its words. */

import { parseAccounts } from "../config/accounts.ts";
import { hasPorts, readPorts, readProtocol } from "../config/selectors.ts";
import { quoted } from "../config/show.ts";
import { contains, type Prefix, parseAddress, parsePrefix } from "../net/prefix.ts";
import { LOCAL, type Packet } from "./packet.ts";

/** The options, and the one word. */
export interface Asked {
  readonly destination: string;
  readonly from?: string | undefined;
  readonly iif?: string | undefined;
  readonly user?: string | undefined;
  readonly protocol?: string | undefined;
  readonly port?: string | undefined;
}

/** What this machine has. */
export interface Here {
  readonly interfaces: readonly string[];
  isLocal(address: string): boolean;
  /** Text of /etc/passwd. */
  readonly passwd: string;
}

export interface Question {
  readonly packet: Packet;
  /** The group that a local process runs with; null: it is not this machine's own, or the account is not known. */
  readonly group: number | null;
}

/** A question that makes no sense here. */
export class QuestionError extends Error {}

/**
 * Reads the question.
 * @throws QuestionError saying what was found and what is expected
 */
export function readQuestion(asked: Asked, here: Here): Question {
  const to = readDestination(asked.destination);
  const input = inputOf(asked, here);
  const from = asked.from === undefined ? null : address(asked.from, "--from").address;
  if (from !== null && parseAddress(from)?.family !== to.family) {
    throw new QuestionError(`--from ${from} and ${to.address} are not of one family`);
  }
  if (input === LOCAL && from !== null && !here.isLocal(from)) {
    throw new QuestionError(
      `${from} is no address of this machine; for a packet that it forwards, say with --iif where it comes in`,
    );
  }
  if (input !== LOCAL && from === null) {
    throw new QuestionError("--iif needs --from: the address of the host that the packet comes from");
  }
  const account = accountOf(asked.user ?? "0", here.passwd);
  const packet: Packet = {
    family: to.family,
    to: to.address,
    from,
    input,
    mark: 0,
    user: input === LOCAL ? account.user : 0,
    ...transport(asked),
  };
  return { packet, group: input === LOCAL ? account.group : null };
}

const BEYOND_ROUTING = ["224.0.0.0/4", "0.0.0.0/8", "ff00::/8", "fe80::/10", "::/128"].map(
  (text) => parsePrefix(text) as Prefix,
);

/** @throws QuestionError for what is no address, or none that is routed */
export function readDestination(text: string) {
  return address(text, "the destination");
}

function address(text: string, what: string) {
  const parsed = parseAddress(text);
  if (parsed === null) {
    throw new QuestionError(
      `found ${quoted(text)} as ${what}; expected an IP address, not a name or a prefix`,
    );
  }
  if (BEYOND_ROUTING.some((prefix) => contains(prefix, parsed.address))) {
    throw new QuestionError(
      `${what} ${parsed.address} is never routed: it is multicast, link-local or unspecified`,
    );
  }
  return parsed;
}

function inputOf({ iif, user }: Asked, { interfaces }: Here): string {
  if (iif === undefined || iif === LOCAL) return LOCAL;
  if (user !== undefined) {
    throw new QuestionError("--user goes with this machine's own traffic only, which has no --iif");
  }
  if (!interfaces.includes(iif)) {
    throw new QuestionError(`there is no interface ${quoted(iif)}; there are ${interfaces.join(", ")}`);
  }
  return iif;
}

function accountOf(text: string, passwd: string): { user: number; group: number | null } {
  const user = /^\d{1,10}$/.test(text) ? Number(text) : (parseAccounts(passwd).get(text) ?? null);
  if (user === null || user > 0xfffffffe) {
    throw new QuestionError(`found ${quoted(text)} as --user; expected a name in /etc/passwd, or a number`);
  }
  const line = passwd.split("\n").find((entry) => entry.split(":")[2] === String(user));
  const group = line?.split(":")[3];
  return { user, group: group === undefined ? null : Number(group) };
}

function transport({ protocol, port }: Asked): Pick<Packet, "protocol" | "destinationPort"> {
  if (protocol === undefined) {
    if (port !== undefined) throw new QuestionError("--port needs --protocol, such as --protocol tcp");
    return { protocol: null, destinationPort: null };
  }
  const number = readProtocol(protocol);
  if ("wrong" in number) throw new QuestionError(`--protocol: ${number.wrong}`);
  if (port === undefined) return { protocol: number.value, destinationPort: null };
  if (!hasPorts(number.value)) throw new QuestionError(`protocol ${protocol} has no ports`);
  const range = readPorts(port);
  if ("wrong" in range || range.value.first !== range.value.last) {
    throw new QuestionError(`found ${quoted(port)} as --port; expected one port from 1 to 65535`);
  }
  return { protocol: number.value, destinationPort: range.value.first };
}
