export async function initVerb(_words: readonly string[]): Promise<number> {
  return 1;
}
