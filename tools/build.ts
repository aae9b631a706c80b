/**
 * Builds the published program: `dist/vela.js` and its chunks, one file where a command starts and one for each room that
 * a command brings in later, so that `vela check` loads the front end alone. Everything is inside: the standard library,
 * the examples, the report's charting library. The package needs no other at run time.
 *
 *   node tools/build.ts            into dist/
 *   node tools/build.ts FOLDER     into another folder
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { EMBEDDED } from './embed.ts';
import { licences } from './licences.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, 'dist'));

/** Modules that read files beside them in the repository are replaced by ones that hold what they would have read. */
function embed(): Plugin {
  return {
    name: 'embed',
    setup(setup) {
      setup.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const make = EMBEDDED.get(relative(root, path).replaceAll('\\', '/'));
        return make === undefined ? undefined : { contents: await make(), loader: 'ts', resolveDir: root };
      });
    },
  };
}

rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { vela: join(root, 'cli/start.ts') },
  outdir: folder,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.10',
  minifySyntax: true,
  minifyWhitespace: true,
  // Function names stay as they are written: they are what a stack trace of VELA_DEBUG=1 says.
  minifyIdentifiers: false,
  legalComments: 'none',
  charset: 'utf8',
  metafile: true,
  // Some dependencies are CommonJS and ask for Node's own modules by `require`.
  banner: { js: "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);" },
  plugins: [embed()],
});
writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licences(root, Object.keys(metafile.inputs)));
