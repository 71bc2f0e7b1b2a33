import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exposition, type Metric } from "../../../lib/metrics/exposition.ts";
import { parseExposition } from "./grammar.ts";

const metric = (how: Partial<Metric> = {}): Metric => ({
  name: "waymark_up",
  help: "Whether.",
  type: "gauge",
  samples: [{ labels: { uplink: "adsl" }, value: 1 }],
  ...how,
});

describe("the text format", () => {
  it("one of each", () =>
    expect(
      exposition([
        metric(),
        metric({ name: "n_total", type: "counter", samples: [{ labels: {}, value: 3 }] }),
      ]),
    ).toBe(
      [
        "# HELP waymark_up Whether.",
        "# TYPE waymark_up gauge",
        'waymark_up{uplink="adsl"} 1',
        "# HELP n_total Whether.",
        "# TYPE n_total counter",
        "n_total 3",
        "",
      ].join("\n"),
    ));
  it("none without a sample", () => expect(exposition([metric({ samples: [] })])).toBe(""));
  it.each([
    [0.02, "0.02"],
    [1e-7, "1e-7"],
    [1.79e9, "1790000000"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
  ])("%s", (value, text) =>
    expect(exposition([metric({ samples: [{ labels: {}, value }] })])).toContain(`\nwaymark_up ${text}\n`),
  );
  it("whatever a label or a help text holds, it is read as it was", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom("\\", '"', "\n", '\\n"', "a\\"));
    fc.assert(
      fc.property(
        text,
        text,
        fc.double().map((value) => value + 0),
        (label, help, value) => {
          const read = parseExposition(
            exposition([metric({ help, samples: [{ labels: { a: label, b: "" }, value }] })]),
          );
          expect(read).toEqual([
            { name: "waymark_up", help, type: "gauge", samples: [{ labels: { a: label, b: "" }, value }] },
          ]);
        },
      ),
    );
  });
});
