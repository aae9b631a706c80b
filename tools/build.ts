/**
 * Builds the published program: `dist/vela.js`, which starts it, and its chunks, one for the commands and one for each room
 * that a command brings in later, so that `vela check` loads the front end alone. Everything is inside: the standard library,
 * the examples, the report's charting library. The package needs no other at run time.
 *
 *   node tools/build.ts            into dist/
 *   node tools/build.ts FOLDER     into another folder
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { plainBuiltins } from './builtins.ts';
import { embed } from './embed.ts';
import { licences } from './licences.ts';
import { terminalWithoutWaiting } from './terminal.ts';
import { onlyOurVenues } from './venues.ts';

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

/** What is loaded with its compiled code (cli/kept_code.ts) is CommonJS; esbuild splits only what is not. */
async function asCommonJs(chunks: string): Promise<void> {
  const files = readdirSync(chunks).filter(name => name.endsWith('.js'));
  // Before they are changed: in a package of modules, `default` of what is loaded later would be all that it exports.
  writeFileSync(join(chunks, 'package.json'), '{"type":"commonjs"}');
  await build({
    ...common,
    entryPoints: files.map(name => join(chunks, name)),
    outdir: chunks,
    allowOverwrite: true,
    format: 'cjs',
    supported: { 'dynamic-import': false },
  });
}

/** Code is kept for exactly these chunks: V8 itself only compares how long a text is. */
function namedAfter(chunks: string): Plugin {
  const hash = createHash('sha256');
  for (const name of readdirSync(chunks)
    .filter(name => name.endsWith('.js'))
    .sort())
    hash.update(`${name}\n`).update(readFileSync(join(chunks, name)));
  const build = JSON.stringify(hash.digest('hex').slice(0, 16));
  return {
    name: 'named-after',
    setup(setup) {
      setup.onLoad({ filter: /[\\/]cli[\\/]build\.ts$/ }, () => ({ contents: `export const BUILD = ${build};` }));
    },
  };
}

// Built beside its place and moved there whole: whoever starts the program meanwhile finds the old one or the new one.
const workFolder = `${folder}.${process.pid}`;
const common = {
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
} as const satisfies BuildOptions;
const { metafile } = await build({
  ...common,
  entryPoints: { main: join(root, 'cli/main.ts') },
  outdir: join(workFolder, 'chunks'),
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  metafile: true,
  plugins: [embed(), withoutChildProcess(), onlyOurVenues(), terminalWithoutWaiting(), plainBuiltins()],
  // React has a slow face for its own development.
  define: { 'process.env.NODE_ENV': '"production"' },
});
await asCommonJs(join(workFolder, 'chunks'));
await build({
  ...common,
  entryPoints: { vela: join(root, 'cli/start.ts') },
  outdir: workFolder,
  bundle: true,
  plugins: [namedAfter(join(workFolder, 'chunks')), plainBuiltins()],
});
writeFileSync(join(workFolder, 'THIRD-PARTY-LICENSES.txt'), licences(root, Object.keys(metafile.inputs)));
rmSync(folder, { recursive: true, force: true });
renameSync(workFolder, folder);
