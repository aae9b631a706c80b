/**
 * Packs the extension for VS Code: `dist/vela-VERSION.vsix`, with the built program inside as its language server. Nothing
 * is fetched, when it is packed or when it is used.
 *
 *   node tools/vsix.ts             into dist/
 *   node tools/vsix.ts FOLDER      into another folder
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVSIX } from '@vscode/vsce';
import { build } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };
import { licences } from './licences.ts';
import { type Grammar, markdownGrammar, velaGrammar, yamlGrammar } from './vscode/grammar.ts';

const MOST_BYTES = 3_000_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'lsp/vscode');
const target = join(resolve(process.argv[2] ?? join(root, 'dist')), `vela-${packageJson.version}.vsix`);
const stage = mkdtempSync(join(tmpdir(), 'vela-vsix-'));

try {
  await fill();
  mkdirSync(resolve(target, '..'), { recursive: true });
  await createVSIX({
    cwd: stage,
    packagePath: target,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const { size } = statSync(target);
  if (size > MOST_BYTES) throw new Error(`${target} has ${size} bytes; at most ${MOST_BYTES} are meant to be`);
  process.stdout.write(`${target}  ${(size / 1e6).toFixed(2)} MB\n`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

async function fill(): Promise<void> {
  for (const part of ['README.md', 'language-configuration.json', 'icons', 'images', 'snippets', 'walkthrough'])
    cpSync(join(source, part), join(stage, part), { recursive: true });
  for (const file of ['LICENSE', 'CHANGELOG.md']) cpSync(join(root, file), join(stage, file));
  copyFiles('config', /\.schema\.json$/, 'schemas');
  copyFiles('strategies', /\.vela$/, 'examples');
  copyFiles('docs', /\.md$/, 'manual');
  mkdirSync(join(stage, 'syntaxes'));
  writeGrammar('vela', velaGrammar());
  writeGrammar('vela-markdown', markdownGrammar());
  writeGrammar('vela-yaml', yamlGrammar());
  writeManifest();

  const inputs = await bundle();
  packServer();
  writeFileSync(join(stage, 'THIRD-PARTY-LICENSES.txt'), licences(root, inputs));
}

function copyFiles(from: string, which: RegExp, to: string): void {
  mkdirSync(join(stage, to));
  for (const name of readdirSync(join(root, from)).filter(name => which.test(name)))
    cpSync(join(root, from, name), join(stage, to, name));
}

function writeGrammar(name: string, grammar: Grammar): void {
  writeFileSync(join(stage, 'syntaxes', `${name}.tmLanguage.json`), JSON.stringify(grammar));
}

/** The version is the program's; the bundle is CommonJS, as every version of the editor takes it. */
function writeManifest(): void {
  const { type: _, private: __, ...manifest } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  writeFileSync(
    join(stage, 'package.json'),
    `${JSON.stringify({ ...manifest, version: packageJson.version }, null, 2)}\n`,
  );
}

/** The extension and the scripts of its pages; gives what they were made from. */
async function bundle(): Promise<readonly string[]> {
  const common = { bundle: true, minify: true, charset: 'ascii', legalComments: 'none', metafile: true } as const;
  const extension = await build({
    ...common,
    entryPoints: { extension: join(source, 'extension.ts') },
    outdir: stage,
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
  });
  await build({
    ...common,
    entryPoints: [join(source, 'webview/report.ts'), join(source, 'webview/graph.ts')],
    outdir: join(stage, 'webview'),
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
  });
  return Object.keys(extension.metafile.inputs);
}

/** The program as it is published, less what only stack traces need. */
function packServer(): void {
  const server = join(stage, 'server');
  execFileSync(process.execPath, [join(root, 'tools/build.ts'), server], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const file of readdirSync(server, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.map')) rmSync(join(server, file));
  writeFileSync(join(server, 'package.json'), '{"type":"module"}\n');
}
