/**
 * ccxt without what our venues do not need: every class brings in the base of all, which can load the protocols of a few
 * others (protobuf, a signing library in WebAssembly) and an HTTP client that we replace.
 */
import type { Plugin } from 'esbuild';

const UNUSED =
  /^protobufjs(\/|$)|static_dependencies\/dydx-v4-client\/|protobuf\/mexc\/|^undici$|^fflate$|static_dependencies\/zklink\//;

export function onlyOurVenues(): Plugin {
  return {
    name: 'only-our-venues',
    setup(setup) {
      setup.onResolve({ filter: UNUSED }, ({ path, importer }) =>
        /node_modules[\\/]ccxt[\\/]/.test(importer) ? { path, namespace: 'unused' } : undefined,
      );
      setup.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
    },
  };
}
