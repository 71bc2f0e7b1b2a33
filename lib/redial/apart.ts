/**
 * A dial command in a systemd unit of its own. A child of `waymark watch` would live in that service's sandbox: pppd needs
 * devices, modules and protocols, ifup and nmcli write all over /etc, and none of it is to be had there.
 */

export interface Apart {
  /** The unit's name, for `systemctl kill`. */
  readonly unit: string;
  /** Runs until the command has ended, and ends with its status. */
  readonly argv: readonly string[];
}

/**
 * systemd-run(1) around a command.
 * @param serial tells this dial's unit from every other since the boot
 * @param output a file that what the command says is added to
 */
export function apartFrom(
  uplink: string,
  serial: number,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  output: string,
): Apart {
  const unit = `waymark-dial-${uplink}-${serial}.service`;
  const properties = [
    // What goes into the background (`pon`) goes on when the command has ended.
    "KillMode=process",
    `StandardOutput=append:${output}`,
    `StandardError=append:${output}`,
  ];
  return {
    unit,
    argv: [
      "systemd-run",
      "--quiet",
      "--collect",
      "--wait",
      "--service-type=exec",
      `--unit=${unit}`,
      `--description=Waymark: dial of ${uplink}`,
      ...properties.map((property) => `--property=${property}`),
      ...Object.entries(environment).map(([name, value]) => `--setenv=${name}=${value}`),
      "--",
      // systemd puts variables in place of $NAME in a unit's command; $$ is a dollar.
      ...argv.map((word) => word.replaceAll("$", "$$$$")),
    ],
  };
}
