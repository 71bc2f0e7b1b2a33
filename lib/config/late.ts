/** The reader of configurations, loaded when it is first wanted. */

export type Reader = typeof import("./reader.ts");

export function loadReader(): Promise<Reader> {
  return import("./reader.ts");
}
