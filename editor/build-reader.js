// Bundles the scripts of a story's page, of the widget and of the element. Each bundle ends with the hash of its sources: content/assets.py
// serves it only if it was made of the present modules.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "static");
const sources = ["embed", "reader"]
  .flatMap((name) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`))
  .filter((name) => name.endsWith(".js") && !name.endsWith(".min.js"))
  .sort();
const hash = createHash("sha256");
for (const name of sources)
  hash
    .update(`${name}\0`)
    .update(readFileSync(join(folder, name)))
    .update("\0");

await build({
  absWorkingDir: folder,
  entryPoints: ["reader/story.js", "reader/service-worker.js", "embed/widget.js", "embed/element.js"],
  outbase: ".",
  outdir: ".",
  outExtension: { ".js": ".min.js" },
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  footer: { js: `//# sources ${hash.digest("hex")}` },
  logLevel: "warning",
});
