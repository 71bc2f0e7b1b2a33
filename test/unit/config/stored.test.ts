import { expect, it } from "vitest";
import { completed } from "../../../lib/config/stored.ts";
import { configOf } from "./reading.ts";

const UPLINK = '[uplink.a]\ninterface = "eth0"\n';

it("what an earlier version stored has neither checks nor dialling", () => {
  const { dns, metrics, ...config } = configOf(UPLINK);
  const uplinks = config.uplinks.map(({ check, redial, dns: servers, ...uplink }) => uplink);
  expect(completed({ ...config, uplinks })).toEqual(configOf(UPLINK));
  expect([dns, metrics]).toEqual([{ publish: "none" }, { textfile: null }]);
});

it("what this version stored stays as it is", () => {
  const config = configOf(
    `check.targets = "1.1.1.1"\ndns = {}\nmetrics.textfile = true\n${UPLINK}redial = "pon a"\ndns = []`,
  );
  expect(completed(JSON.parse(JSON.stringify(config)))).toEqual(config);
});
