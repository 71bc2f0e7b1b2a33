import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRoutes, type Route, replaceRoute, routeText } from "../../lib/kernel/route.ts";
import {
  ANY,
  type PolicyRule,
  parseRules,
  type RuleSelector,
  ruleText,
  sameRule,
} from "../../lib/kernel/rule.ts";
import { formatPrefix, networkOf } from "../../lib/net/prefix.ts";
import { runIp } from "../fake-kernel/ip.ts";
import { FakeKernel } from "../fake-kernel/kernel.ts";

const family = fc.constantFrom(4 as const, 6 as const);
const v4 = fc.ipV4();
const v6 = fc
  .tuple(fc.nat({ max: 0xffff }), fc.nat({ max: 0xffff }))
  .map(([high, low]) => networkOf(`2001:db8:${high.toString(16)}::${low.toString(16)}`, 6, 128).address);

const prefixOf = (of: 4 | 6) =>
  of === 4
    ? fc
        .tuple(v4, fc.integer({ min: 1, max: 32 }))
        .map(([address, length]) => formatPrefix(networkOf(address, 4, length)))
    : fc
        .tuple(v6, fc.integer({ min: 1, max: 128 }))
        .map(([address, length]) => formatPrefix(networkOf(address, 6, length)));

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const port = fc.integer({ min: 1, max: 65535 });
const ports = fc
  .tuple(port, port)
  .map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other) }));
const bits = fc.integer({ min: 1, max: 0xffffffff });
/** The kernel calls no mark at all what is 0 under a mask of 0. */
const mark = fc
  .tuple(fc.nat({ max: 0xffffffff }), bits)
  .map(([value, mask]) => ({ value: (value & mask) >>> 0, mask }));

const action: fc.Arbitrary<PolicyRule["action"]> = fc.oneof(
  fc.record({
    kind: fc.constant("lookup" as const),
    table: fc.integer({ min: 1, max: 90000 }),
    suppressDefault: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("goto" as const), target: fc.integer({ min: 32000, max: 32700 }) }),
  fc.constant({ kind: "nop" as const }),
);

const rule: fc.Arbitrary<PolicyRule> = family.chain((of) =>
  fc.record({
    family: fc.constant(of),
    priority: fc.integer({ min: 1, max: 31999 }),
    action,
    selector: fc.record({
      from: maybe(prefixOf(of)),
      to: maybe(prefixOf(of)),
      inputInterface: maybe(fc.constantFrom("lo", "eth0", "gone.100")),
      mark: maybe(mark),
      user: maybe(fc.nat({ max: 70000 })),
      protocol: maybe(fc.integer({ min: 1, max: 255 })),
      sourcePort: maybe(ports),
      destinationPort: maybe(ports),
      not: fc.boolean(),
    }),
  }),
);

/** What `ip … show` prints in a kernel after the line. */
function shown(of: 4 | 6, line: string, show: string): unknown {
  const kernel = new FakeKernel();
  kernel.addLink("eth0", { up: true, carrier: true, pointToPoint: false });
  kernel.addAddress("eth0", "192.0.2.5/24");
  const args = ["-N", "-j", "-force", "-batch", "-"];
  const result = runIp(kernel, of === 6 ? ["-6", ...args] : args, `${line}\n${show}\n`, null);
  expect(result.stderr).toBe("");
  return JSON.parse(result.stdout);
}

describe("what is written is read back the same", () => {
  it("rules", () =>
    fc.assert(
      fc.property(rule, (given) => {
        const seen = parseRules(
          shown(given.family, `rule add ${ruleText(given)}`, "rule show"),
          given.family,
        );
        const ours = seen.filter(({ protocol }) => protocol === 87);
        expect(ours.map((entry) => entry.rule)).toEqual([given]);
        expect(ours.map((entry) => entry.rule && ruleText(entry.rule))).toEqual([ruleText(given)]);
      }),
    ));

  it("rules that are the same have the same text, and no others", () =>
    fc.assert(
      fc.property(rule, rule, fc.func(fc.boolean()), (left, right, takes) => {
        const selector = Object.fromEntries(
          Object.entries(left.selector).map(([key, value]) => [
            key,
            takes(key) ? right.selector[key as keyof RuleSelector] : value,
          ]),
        ) as unknown as RuleSelector;
        const mixed: PolicyRule = {
          family: left.family,
          priority: takes("priority") ? right.priority : left.priority,
          action: takes("action") ? right.action : left.action,
          selector,
        };
        expect(sameRule(left, mixed)).toBe(ruleText(left) === ruleText(mixed));
        expect(sameRule(left, structuredClone(left))).toBe(true);
      }),
    ));

  const route: fc.Arbitrary<Route> = family.chain((of) =>
    fc.record({
      family: fc.constant(of),
      table: fc.constant(87001),
      type: fc.constantFrom("unicast" as const, "unreachable" as const),
      destination: fc.oneof(fc.constant("default"), prefixOf(of)),
      gateway: maybe(
        of === 4 ? fc.integer({ min: 1, max: 254 }).map((last) => `192.0.2.${last}`) : fc.constant("fe80::1"),
      ),
      device: fc.constant("eth0" as string | null),
      metric: fc.integer({ min: 1, max: 0xffffffff }),
      protocol: fc.constant(87),
      source: of === 4 ? maybe(fc.constant("192.0.2.5")) : fc.constant(null),
      onlink: fc.boolean(),
      realm: of === 4 ? fc.nat({ max: 255 }) : fc.constant(0),
    }),
  );

  it("routes", () =>
    fc.assert(
      fc.property(route, (given) => {
        const wanted: Route =
          given.type === "unicast"
            ? given
            : { ...given, gateway: null, device: null, source: null, onlink: false, realm: 0 };
        const list = shown(given.family, replaceRoute(wanted), "route show table 87001");
        const seen = parseRoutes(list, 87001, given.family);
        expect(seen).toEqual([wanted]);
        expect(seen.map(routeText)).toEqual([routeText(wanted)]);
        const all = parseRoutes(shown(given.family, replaceRoute(wanted), "route show table all"));
        expect(all.filter(({ protocol }) => protocol === 87)).toEqual([wanted]);
      }),
    ));

  it("no selector is any", () => {
    const all: PolicyRule = {
      family: 4,
      priority: 9,
      selector: ANY,
      action: { kind: "lookup", table: 254, suppressDefault: true },
    };
    expect(ruleText(all)).toBe("priority 9 lookup 254 suppress_prefixlength 0 protocol 87");
  });
});
