/** A short fingerprint of text: tells versions apart, protects against nothing. */

/** Two rounds of FNV-1a with different starts (isthe.com/chongo/tech/comp/fnv), as 16 hexadecimal digits. */
export function fingerprint(text: string): string {
  return round(text, 0x811c9dc5) + round(text, 0x01000193);
}

function round(text: string, start: number): string {
  let hash = start;
  for (let place = 0; place < text.length; place++) {
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
