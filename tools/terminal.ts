/**
 * Ink and its layout engine, without waiting at the top of their modules: the bundle's parts are CommonJS, which cannot. The
 * engine is loaded by `layoutEngine()`, before the first screen; Ink's tools for its own development are left out.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Until then there are its constants, which Ink's modules read while they are loaded. Paths as in the package. */
const ENGINE = `
import { loadYoga } from './load.js';
import constants from './generated/YGEnums.js';
export * from './generated/YGEnums.js';
let engine = constants;
let isLoaded = false;
export { engine as default };
export async function layoutEngine() {
  if (isLoaded) return;
  engine = await loadYoga();
  isLoaded = true;
}
`;

export function terminalWithoutWaiting(): Plugin {
  return {
    name: 'terminal-without-waiting',
    setup(setup) {
      setup.onResolve({ filter: /^yoga-layout$/ }, ({ resolveDir }) => ({
        path: 'yoga-layout',
        namespace: 'layout-engine',
        pluginData: dirname(createRequire(join(resolveDir, 'index.js')).resolve('yoga-layout/load')),
      }));
      setup.onLoad({ filter: /.*/, namespace: 'layout-engine' }, ({ pluginData }) => ({
        contents: ENGINE,
        resolveDir: pluginData,
        loader: 'js',
      }));
      setup.onLoad({ filter: /[\\/]cli[\\/]live[\\/]screen[\\/]engine\.ts$/ }, () => ({
        contents: "export { layoutEngine } from 'yoga-layout';",
        loader: 'ts',
      }));
      for (const { file, text, instead } of CHANGED)
        setup.onLoad({ filter: file }, ({ path }) => {
          const whole = readFileSync(path, 'utf8');
          // A version of the package that is written otherwise must be looked at by a person.
          if (!whole.includes(text)) throw new Error(`${path} holds no “${text}” any more`);
          return { contents: whole.replaceAll(text, instead), loader: 'js' };
        });
    },
  };
}

/** Parts that only the packages' own developers need, and that wait or ask for the module's place. */
const CHANGED = [
  { file: /[\\/]ink[\\/]build[\\/](reconciler|ink)\.js$/, text: "process.env['DEV'] === 'true'", instead: 'false' },
  { file: /[\\/]yoga-wasm-base64-esm\.js$/, text: 'import.meta.url', instead: "''" },
] as const;
