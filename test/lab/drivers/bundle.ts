import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A driver as one file that node runs without the checkout beside it. */
export async function bundled(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
    bundle: true,
    platform: "node",
    target: "node18",
    format: "cjs",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}
