// Bundles the scripts of a story's page, of the widget and of the element. Each bundle ends with the hash of its sources: content/assets.py
// serves it only if it was made of the present modules.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "static");
const sources = ["embed", "reader"]
  .flatMap((name) => readdirSync(join(folder, name), { recursive: true }).map((file) => `${name}/${file}`))
  .filter((name) => name.endsWith(".js") && !name.endsWith(".min.js"))
  .sort();
const hash = createHash("sha256");
for (const name of sources)
  hash
    .update(`${name}\0`)
    .update(readFileSync(join(folder, name)))
    .update("\0");

const made = await build({
  absWorkingDir: folder,
  entryPoints: [
    "reader/story.js",
    "reader/pictures.js",
    "reader/later/kept.js",
    "reader/later/timeline.js",
    "reader/later/returned.js",
    "reader/later/viewer.js",
    "reader/later/service-worker.js",
    "embed/widget.js",
    "embed/element.js",
  ],
  outbase: ".",
  outdir: ".",
  outExtension: { ".js": ".min.js" },
  bundle: true,
  external: [join(folder, "reader/later/*")], // imported when they are wanted
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  logLevel: "warning",
  write: false,
});
// Terser's passes make 4 % less of what esbuild leaves.
for (const { path, text } of made.outputFiles) {
  const written = text.replaceAll('import("./reader/later/', 'import("./later/'); // esbuild counts from the folder
  const { code } = await minify(written, {
    ecma: 2020,
    module: true,
    compress: { passes: 5, keep_fargs: false, unsafe_arrows: true },
  });
  writeFileSync(path, `${code}\n//# sources ${hash.copy().digest("hex")}\n`);
}
