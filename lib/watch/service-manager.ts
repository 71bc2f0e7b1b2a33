/** What systemd wants to hear from a service (sd_notify(3)). Node has no Unix datagrams, so systemd-notify(1) says it. */

import { spawn } from "node:child_process";

export class ServiceManager {
  readonly #wanted = process.env.NOTIFY_SOCKET !== undefined;
  #timer: NodeJS.Timeout | null = null;

  /**
   * Tells that the service is ready, and from then on, as long as `isWell` says so, that it lives (WatchdogSec=).
   * @param isWell asked before each sign of life
   */
  ready(isWell: () => boolean): void {
    this.#tell("READY=1", "STATUS=watching");
    const microseconds = Number(process.env.WATCHDOG_USEC ?? 0);
    if (!this.#wanted || !(microseconds > 0)) return;
    this.#timer = setInterval(
      () => {
        if (isWell()) this.#tell("WATCHDOG=1");
      },
      Math.max(1000, microseconds / 3000),
    );
  }

  /** What `systemctl status` shows. */
  status(text: string): void {
    this.#tell(`STATUS=${text}`);
  }

  stopping(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#tell("STOPPING=1");
  }

  #tell(...words: string[]): void {
    if (!this.#wanted) return;
    // Whatever stops it: systemd then says that the service did not get ready, or restarts it.
    spawn("systemd-notify", [`--pid=${process.pid}`, ...words], { stdio: "ignore" }).on(
      "error",
      () => undefined,
    );
  }
}
