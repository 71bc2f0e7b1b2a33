/** All that reads what people write: loaded only when a file has changed. */

export { readPrefixFile } from "./prefix-reader.ts";
export { readConfig } from "./read.ts";
export { completed } from "./stored.ts";
