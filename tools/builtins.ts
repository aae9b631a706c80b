/**
 * Node's own modules without their ESM faces. `import … from 'node:fs'` reads every export of the module once, which
 * loads streams, promises and more that a check never uses: several milliseconds of every start. The bundle asks for the
 * module itself and reads what it needs when it needs it: through the prototype of an object that has no exports of its
 * own, since even asking for the description of a property makes Node load what is behind it.
 */
import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

/** As packages of others name them, `require('events')`: some of these are classes, so they get the thing itself. */
const BARE: ReadonlySet<string> = new Set(builtinModules);

export function plainBuiltins(): Plugin {
  return {
    name: 'plain-builtins',
    setup(setup) {
      setup.onResolve({ filter: /^node:/ }, ({ path }) => ({ path: path.slice('node:'.length), namespace: 'builtin' }));
      setup.onResolve({ filter: /^[a-z0-9_/]+$/ }, ({ path }) =>
        BARE.has(path) ? { path, namespace: 'bare-builtin' } : undefined,
      );
      setup.onLoad({ filter: /.*/, namespace: 'bare-builtin' }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
        loader: 'js',
      }));
      setup.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: standIn(path), loader: 'js' }));
    },
  };
}

function standIn(name: string): string {
  if (name === 'process') return 'export default process; export const { cwd, env } = process;';
  // Modules that came late have no name without the prefix.
  const known = BARE.has(name) ? name : `node:${name}`;
  return `module.exports = Object.create(process.getBuiltinModule(${JSON.stringify(known)}), { __esModule: { value: true } });`;
}
