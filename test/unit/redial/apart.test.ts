import { expect, it } from "vitest";
import { apartFrom } from "../../../lib/redial/apart.ts";

const { unit, argv } = apartFrom(
  "gsm",
  4711,
  ["pon", "a b", "$(id) $X $$"],
  { PATH: "/usr/bin", LANG: "C" },
  "/run/out",
);

it("a unit of its own for every dial", () => {
  expect(unit).toBe("waymark-dial-gsm-4711.service");
  expect(argv).toContain(`--unit=${unit}`);
});

it("what the command leaves behind goes on, and what it says is kept", () => {
  expect(argv.filter((word) => word.startsWith("--property="))).toEqual([
    "--property=KillMode=process",
    "--property=StandardOutput=append:/run/out",
    "--property=StandardError=append:/run/out",
  ]);
});

it("the command's environment", () => {
  expect(argv.filter((word) => word.startsWith("--setenv="))).toEqual([
    "--setenv=PATH=/usr/bin",
    "--setenv=LANG=C",
  ]);
});

it("the command's words, in which systemd finds no variables", () => {
  expect(argv.slice(argv.indexOf("--"))).toEqual(["--", "pon", "a b", "$$(id) $$X $$$$"]);
});
