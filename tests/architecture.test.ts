/**
 * The import rules of the house: text flows down one staircase, and each room knows the rooms below it and none above.
 * Checked on the imports that the files really have.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Rooms, lowest first where one stands on another; the longest matching folder is a file's room. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'language/syntax': [],
  'language/operators': [],
  'language/diagnostics': ['language/syntax'],
  'language/yaml': ['language/syntax'],
  'language/check': ['language/syntax', 'language/operators'],
  'language/query': ['language/syntax', 'language/operators', 'language/check', 'language/diagnostics'],
  // The room's own face puts its parts together.
  language: ['language/syntax', 'language/operators', 'language/diagnostics', 'language/yaml', 'language/check'],
  'compiler/graph': ['language', 'language/*'],
  'compiler/host': ['compiler/graph', 'language', 'language/*'],
  'compiler/kernel': ['compiler/graph', 'compiler/host', 'language', 'language/*'],
  'compiler/interpret': ['compiler/graph', 'compiler/host', 'compiler/kernel', 'language', 'language/*'],
  compiler: ['compiler/*', 'language', 'language/*'],
  stdlib: ['language/syntax'],
  'runtime/data': ['language', 'language/*'],
  'runtime/engine': ['runtime/data', 'compiler', 'compiler/*', 'language', 'language/*'],
  'runtime/risk': ['runtime/engine', 'runtime/data', 'compiler', 'compiler/*', 'language', 'language/*'],
  'runtime/exchange': ['runtime/engine', 'runtime/data', 'compiler', 'compiler/*', 'language', 'language/*'],
  // What a venue's stream says is the same connection's, whether bars or orders.
  'runtime/exchange/ccxt': ['runtime/exchange', 'runtime/engine', 'runtime/data', 'language', 'language/*'],
  'runtime/data/live': ['runtime/exchange/ccxt', 'runtime/data', 'language', 'language/*'],
  'runtime/journal': ['runtime/engine', 'runtime/data', 'compiler', 'compiler/*', 'language', 'language/*'],
  'runtime/portfolio': [
    'runtime/engine',
    'runtime/exchange',
    'runtime/data',
    'compiler',
    'compiler/*',
    'language',
    'language/*',
  ],
  'runtime/models': ['runtime/statistics', 'runtime/data', 'compiler', 'compiler/*', 'language', 'language/*'],
  'runtime/statistics': [],
  'runtime/config': ['runtime/models', 'language', 'language/*'],
  'runtime/report': [
    'runtime/statistics',
    'runtime/engine',
    'runtime/data',
    'compiler',
    'compiler/*',
    'language',
    'language/*',
  ],
  'runtime/live': [
    'runtime/engine',
    'runtime/risk',
    'runtime/exchange',
    'runtime/journal',
    'runtime/report',
    'runtime/statistics',
    'runtime/portfolio',
    'runtime/models',
    'runtime/data',
    'runtime',
    'compiler',
    'compiler/*',
    'language',
    'language/*',
  ],
  // Looks at runs and tells of them; no run knows of it.
  'runtime/monitor': [
    'runtime/live',
    'runtime/journal',
    'runtime/engine',
    'runtime/report',
    'runtime/statistics',
    'compiler',
    'compiler/*',
    'language',
    'language/*',
  ],
  runtime: ['runtime/*', 'compiler', 'compiler/*', 'language', 'language/*'],
  'lsp/server': ['runtime', 'runtime/*', 'compiler', 'compiler/*', 'stdlib', 'language', 'language/*'],
  'lsp/vscode': [],
  cli: ['*'],
};

/**
 * A plan is a contract before it is made: the rooms that make its parts know its types, never its functions. And what
 * every back-end does in the same way before it runs (bind, place ticks on the calendar, cross clocks, lay out lanes) stands
 * beside it.
 */
const PLAN_TYPES = { file: 'compiler/plan.ts', typesOnly: true } as const;
const BACK_END = [
  PLAN_TYPES,
  ...['bind', 'calendar', 'crossing', 'lanes'].map(name => ({ file: `compiler/${name}.ts`, typesOnly: false })),
];
/** The port that a live run asks for stands with the run; who implements it knows it, and its error. */
const LIVE_PORTS = { file: 'runtime/live/ports.ts', typesOnly: false } as const;
const CONTRACTS: Readonly<Record<string, readonly { readonly file: string; readonly typesOnly: boolean }[]>> = {
  'compiler/graph': [PLAN_TYPES],
  'compiler/kernel': BACK_END,
  'compiler/interpret': BACK_END,
  // What client and server say to one another beyond the protocol: types and names.
  'lsp/vscode': [{ file: 'lsp/server/protocol.ts', typesOnly: false }],
  // The ports of a live run are what its adapters are made for.
  'runtime/data/live': [LIVE_PORTS],
  'runtime/data': [LIVE_PORTS],
  'runtime/exchange': [LIVE_PORTS],
  'runtime/exchange/ccxt': [LIVE_PORTS],
};

/** Rooms that only see plain data: no files, no clock, no chance, no network. Hashing is arithmetic. */
const PURE = ['language', 'compiler'];
const PURE_MODULES: ReadonlySet<string> = new Set(['node:crypto', 'node:buffer']);

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typesOnly: boolean;
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

/** Static and dynamic imports, of types too: a type is knowledge as well. */
function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const statement =
    /(?:^|[\s;}])(?:import|export)\s(type\s)?[^'"`;]*?from\s*['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(statement)].map(([, type, from, direct]) => ({
    file,
    specifier: from ?? direct ?? '',
    typesOnly: type !== undefined,
  }));
}

const TOP_FOLDERS = [...new Set(Object.keys(ROOMS).map(room => room.split('/')[0] ?? ''))];
const present = new Set(readdirSync(root));
const imports = TOP_FOLDERS.filter(folder => present.has(folder)).flatMap(folder =>
  sourceFiles(folder).flatMap(importsOf),
);
/** A package's file, named by its path where the package itself names only its whole. */
const isPackage = ({ specifier }: Import) => specifier.includes('/node_modules/');
const inHouse = imports.filter(imported => imported.specifier.startsWith('.') && !isPackage(imported));

function targetOf({ file, specifier }: Import): string {
  return join(dirname(file), specifier).replaceAll('\\', '/');
}

function roomOf(file: string): string | undefined {
  return Object.keys(ROOMS)
    .filter(room => file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function allowed(imported: Import, from: string): boolean {
  const target = targetOf(imported);
  const contract = CONTRACTS[from]?.find(({ file }) => file === target);
  if (contract !== undefined) return imported.typesOnly || !contract.typesOnly;
  const to = roomOf(target) ?? `outside: ${target}`;
  if (from === to) return true;
  return (ROOMS[from] ?? []).some(
    rule => rule === '*' || rule === to || (rule.endsWith('/*') && to.startsWith(rule.slice(0, -1))),
  );
}

describe('import rules', () => {
  test('every source file stands in a room', () => {
    const files = [...new Set(imports.map(({ file }) => file))];
    expect(files.filter(file => roomOf(file) === undefined)).toEqual([]);
    expect(files.length).toBeGreaterThan(50);
  });

  for (const room of Object.keys(ROOMS)) {
    const own = inHouse.filter(({ file }) => roomOf(file) === room);
    if (own.length === 0) continue;
    test(`${room} knows no room above it`, () => {
      // Outside of the rooms there is the package's own description, and nothing else.
      const broken = own.filter(imported => targetOf(imported) !== 'package.json' && !allowed(imported, room));
      expect(broken).toEqual([]);
    });
  }

  test('imports name files that exist, with their ending', () => {
    const files = new Set([...TOP_FOLDERS.filter(folder => present.has(folder)).flatMap(sourceFiles)]);
    const missing = inHouse.filter(imported => !files.has(targetOf(imported)) && !targetOf(imported).endsWith('.json'));
    expect(missing).toEqual([]);
  });
});

describe('language and compiler are pure', () => {
  const pure = TOP_FOLDERS.filter(folder => PURE.includes(folder)).flatMap(sourceFiles);

  test('no input or output', () => {
    const modules = imports.filter(({ file }) => PURE.includes(file.split('/')[0] ?? ''));
    const node = modules.filter(({ specifier }) => specifier.startsWith('node:') && !PURE_MODULES.has(specifier));
    expect(node).toEqual([]);
  });

  test('no clock and no chance', () => {
    const impure =
      /\bDate\.now\s*\(|new Date\s*\(\s*\)|\bperformance\.|Math\.random|crypto\.random|\bprocess\.|\bfetch\s*\(/;
    const broken = pure.filter(file => {
      const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      return impure.test(code);
    });
    expect(broken).toEqual([]);
  });
});
