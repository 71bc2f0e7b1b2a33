export async function explainVerb(_words: readonly string[]): Promise<number> {
  return 1;
}
