/** What the bundle carries instead of reading it: module by module, the text that stands in for it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { EXAMPLE_NAME, exampleText } from '../cli/examples.ts';
import { schemaText } from '../cli/schema.ts';
import { DeclarationGrammar } from '../language/syntax/grammar-declarations.ts';
import { configurationSchemas, DOCUMENTS } from '../runtime/config/texts.ts';
import { LIVE_SCRIPTS } from '../runtime/live/scripts.ts';
import { SCRIPTS, type Script } from '../runtime/models/scripts.ts';
import { reportAssets } from '../runtime/report/assets.ts';
import { libraryTrees } from '../stdlib/trees.ts';

/** Keys are paths in the repository; each value makes the module's text. */
const EMBEDDED: ReadonlyMap<string, () => string | Promise<string>> = new Map<string, () => string | Promise<string>>([
  ['stdlib/trees.ts', libraryModule],
  [
    'language/syntax/decision-table.ts',
    () => `export ${giving('decisionTable', new DeclarationGrammar(false).decisionTable())}`,
  ],
  ['runtime/report/assets.ts', async () => `export async ${giving('reportAssets', await reportAssets())}`],
  [
    'cli/examples.ts',
    () =>
      `export const EXAMPLE_NAME = ${JSON.stringify(EXAMPLE_NAME)};\nexport ${giving('exampleText', exampleText())}`,
  ],
  [
    'runtime/config/texts.ts',
    () =>
      `export const DOCUMENTS = ${JSON.stringify(DOCUMENTS)};\nexport ${giving('configurationSchemas', configurationSchemas())}`,
  ],
  ['runtime/models/scripts.ts', async () => `export const SCRIPTS = ${JSON.stringify(await scriptTexts(SCRIPTS))};`],
  [
    'runtime/live/scripts.ts',
    async () => `export const LIVE_SCRIPTS = ${JSON.stringify(await scriptTexts(LIVE_SCRIPTS))};`,
  ],
  ['cli/schema.ts', () => `export ${giving('schemaText', schemaText())}`],
  ['cli/build.ts', () => `export const BUILD = ${JSON.stringify(compilerHash())};`],
]);

function giving(name: string, value: unknown): string {
  return `function ${name}(){return ${JSON.stringify(value)}}`;
}

/** As JSON in a string: V8 reads that several times faster than the same objects written as code. */
function libraryModule(): string {
  const text = JSON.stringify(libraryTrees());
  return `const text = ${JSON.stringify(text)};\nexport function libraryTrees() { return JSON.parse(text); }`;
}

/** Threads and processes are started from a text, for their files are inside the bundle. */
async function scriptTexts(scripts: Readonly<Record<string, Script>>): Promise<Readonly<Record<string, Script>>> {
  const texts = Object.entries(scripts).map(async ([name, script]): Promise<[string, Script]> => {
    if ('text' in script) return [name, script];
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(script.file)],
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'node',
      target: 'node20.16',
      minify: true,
      charset: 'ascii',
      // A thread may start others.
      plugins: [embed()],
    });
    return [name, { text: outputFiles[0].text }];
  });
  return Object.fromEntries(await Promise.all(texts));
}

/** Of everything that a plan could depend on besides the strategy's own text. */
function compilerHash(): string {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const hash = createHash('sha256');
  for (const folder of ['language', 'compiler', 'stdlib', 'cli']) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (/\.(ts|vela)$/.test(file)) hash.update(`${file}\n`).update(readFileSync(join(root, folder, file)));
    }
  }
  return hash.digest('hex');
}

/** Modules that read files beside them in the repository are replaced by ones that hold what they would have read. */
export function embed(): Plugin {
  return {
    name: 'embed',
    setup(setup) {
      const root = fileURLToPath(new URL('..', import.meta.url));
      setup.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const make = EMBEDDED.get(relative(root, path).replaceAll('\\', '/'));
        return make === undefined ? undefined : { contents: await make(), loader: 'ts', resolveDir: root };
      });
    },
  };
}
