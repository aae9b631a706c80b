/**
 * Builds the published program: `dist/vela.js` and its chunks, one file where a command starts and one for each room that
 * a command brings in later, so that `vela check` loads the front end alone. Everything is inside: the standard library,
 * the examples, the report's charting library. The package needs no other at run time.
 *
 *   node tools/build.ts            into dist/
 *   node tools/build.ts FOLDER     into another folder
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { plainBuiltins } from './builtins.ts';
import { embed } from './embed.ts';
import { licences } from './licences.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, 'dist'));

/**
 * Commander can start other programs as its commands. Ours are all inside, and Node takes milliseconds to load what that
 * would need.
 */
function withoutChildProcess(): Plugin {
  return {
    name: 'without-child-process',
    setup(setup) {
      setup.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
        /node_modules[\\/]commander/.test(importer) ? { path: 'none', namespace: 'none' } : undefined,
      );
      setup.onLoad({ filter: /.*/, namespace: 'none' }, () => ({
        contents: 'export default {}; export const spawn = undefined;',
      }));
    },
  };
}

// Built beside its place and moved there whole: whoever starts the program meanwhile finds the old one or the new one.
const workFolder = `${folder}.${process.pid}`;
const { metafile } = await build({
  entryPoints: { vela: join(root, 'cli/start.ts') },
  outdir: workFolder,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.16',
  minify: true,
  // Read only for the stack traces of VELA_DEBUG=1.
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  // Escapes instead of letters beyond ASCII: V8 then keeps the text in half the memory, and starts sooner.
  charset: 'ascii',
  metafile: true,
  plugins: [embed(), withoutChildProcess(), plainBuiltins()],
});
writeFileSync(join(workFolder, 'THIRD-PARTY-LICENSES.txt'), licences(root, Object.keys(metafile.inputs)));
rmSync(folder, { recursive: true, force: true });
renameSync(workFolder, folder);
