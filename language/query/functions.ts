/** What can be called, as a reader wants to see it: signature, parameters, what it does; whoever provides it. */
import { CROSS_SECTION } from '../check/cross-section.ts';
import { NEED, takesNeed } from '../check/need.ts';
import type { OpSpec } from '../operators/operator.ts';
import { OPERATORS } from '../operators/table.ts';
import type { FnDeclaration, SourceFile, Tree } from '../syntax/tree.ts';
import { CROSS_SECTION_DOCS, SPECIAL_FUNCTIONS, type SpecialFunction, type Wants } from './vocabulary.ts';

export interface CallableParameter {
  readonly name: string;
  /** `src: price`, `n: bars = 14`. */
  readonly text: string;
  readonly doc?: string;
  readonly wants: Wants;
  readonly optional: boolean;
}

export interface Callable {
  readonly name: string;
  /** `sma(src: num, n: bars) -> num`. */
  readonly signature: string;
  readonly parameters: readonly CallableParameter[];
  readonly doc?: string;
  readonly formula?: string;
  readonly from: 'file' | 'library' | 'language';
  readonly gives: 'bool' | 'num' | 'any';
  readonly only?: SpecialFunction['only'];
  readonly declaration?: FnDeclaration;
  readonly source?: SourceFile;
}

export function callableOf(declaration: FnDeclaration, source: SourceFile, from: 'file' | 'library'): Callable {
  const { name, parameters, result, doc } = declaration;
  const shown = parameters.map(parameter => {
    const preset = parameter.default && source.text.slice(parameter.default.span.start, parameter.default.span.end);
    const text = `${parameter.name.text}: ${parameter.type.text}${preset === undefined ? '' : ` = ${preset}`}`;
    return {
      name: parameter.name.text,
      text,
      wants: wantsOf(parameter.type.text),
      optional: preset !== undefined,
    };
  });
  const gives = result.kind === 'single' ? result.type.text : `(${result.names.map(({ text }) => text).join(', ')})`;
  return {
    name: name.text,
    signature: `${name.text}(${shown.map(({ text }) => text).join(', ')}) -> ${gives}`,
    parameters: shown,
    ...(doc !== undefined && { doc }),
    from,
    gives: gives === 'bool' ? 'bool' : gives.startsWith('(') ? 'any' : 'num',
    declaration,
    source,
  };
}

const KINDS: ReadonlySet<string> = new Set([
  'price',
  'money',
  'qty',
  'ratio',
  'index',
  'bars',
  'duration',
  'bool',
  'num',
]);

function wantsOf(kind: string): Wants {
  return KINDS.has(kind) ? (kind as Wants) : 'any';
}

function ofOperator(spec: OpSpec): Callable {
  const parameters = spec.arguments.map(({ name, rule, doc, default: preset, repeats }): CallableParameter => {
    const wants =
      rule.kind === 'length'
        ? 'bars'
        : rule.kind === 'bool' || rule.kind === 'flag'
          ? 'bool'
          : rule.kind === 'duration'
            ? 'duration'
            : rule.kind === 'num' || rule.kind === 'fixed'
              ? 'num'
              : 'any';
    const value = preset === undefined ? '' : ` = ${rule.kind === 'flag' ? preset === 1 : preset}`;
    const text = `${name}${wants === 'any' ? '' : `: ${wants}`}${value}${repeats === true ? ', …' : ''}`;
    return { name, text, doc, wants, optional: preset !== undefined };
  });
  const need: readonly CallableParameter[] = takesNeed(spec)
    ? [{ name: NEED, text: `${NEED}: bars`, doc: 'How many of them must be present.', wants: 'bars', optional: true }]
    : [];
  const all = [...parameters, ...need];
  return {
    name: spec.name,
    signature: `${spec.name}(${parameters.map(({ text }) => text).join(', ')})`,
    parameters: all,
    doc: spec.doc,
    formula: spec.formula,
    from: 'language',
    gives: spec.result === 'same' ? 'any' : spec.result,
  };
}

function ofSpecial({ name, signature, parameters, doc, only }: SpecialFunction): Callable {
  return {
    name,
    signature,
    parameters: parameters.map(({ name: parameter, wants, doc: about }) => ({
      name: parameter,
      text: parameter,
      doc: about,
      wants,
      optional: about.includes('Optional'),
    })),
    doc,
    from: 'language',
    gives: GIVES_BOOL.has(name) ? 'bool' : 'any',
    ...(only && { only }),
  };
}
const GIVES_BOOL: ReadonlySet<string> = new Set(['changed', 'new', 'ends', 'active']);

function ofCrossSection(name: string): Callable {
  const settings = CROSS_SECTION.get(name)?.settings ?? [];
  const parameters = [
    { name: 'x', text: 'x', doc: 'A stream of each member.', wants: 'any', optional: false } as const,
    ...settings.map(setting => ({
      name: setting.name,
      text: `${setting.name}${setting.default === undefined || Number.isNaN(setting.default) ? '' : ` = ${setting.default}`}`,
      wants: 'num' as const,
      optional: setting.default !== undefined,
    })),
    { name: 'across', text: 'across', doc: 'The universe.', wants: 'any', optional: true } as const,
  ];
  return {
    name,
    signature: `${name}(${parameters.map(({ text }) => text).join(', ')})`,
    parameters,
    doc: CROSS_SECTION_DOCS[name] ?? '',
    from: 'language',
    gives: 'num',
  };
}

/** Everything of the language itself that can be called by name. */
export const LANGUAGE_FUNCTIONS: ReadonlyMap<string, Callable> = new Map(
  [
    ...[...CROSS_SECTION.keys()].map(ofCrossSection),
    ...[...OPERATORS.values()].filter(({ callable }) => callable).map(ofOperator),
    ...SPECIAL_FUNCTIONS.map(ofSpecial),
  ].map(callable => [callable.name, callable]),
);

const ofLibrary = new WeakMap<readonly Tree[], ReadonlyMap<string, Callable>>();

/** The functions of the standard library. */
export function libraryFunctions(library: readonly Tree[]): ReadonlyMap<string, Callable> {
  const known = ofLibrary.get(library);
  if (known) return known;
  const found = new Map<string, Callable>();
  for (const { source, declarations } of library)
    for (const declaration of declarations)
      if (declaration.kind === 'fn') found.set(declaration.name.text, callableOf(declaration, source, 'library'));
  ofLibrary.set(library, found);
  return found;
}

/** The functions of a file. */
export function fileFunctions({ source, declarations }: Tree): ReadonlyMap<string, Callable> {
  const found = new Map<string, Callable>();
  for (const declaration of declarations)
    if (declaration.kind === 'fn') found.set(declaration.name.text, callableOf(declaration, source, 'file'));
  return found;
}

/** Who is meant by `sma` or `stops.wide` in a file: its own functions first, then the library's, then the language's. */
export function callableNamed(
  name: string,
  {
    tree,
    library,
    modules,
  }: { readonly tree: Tree; readonly library: readonly Tree[]; readonly modules: ReadonlyMap<string, Tree> },
): Callable | undefined {
  const [owner, inner] = name.split('.');
  if (inner !== undefined) {
    const module = tree.declarations.find(one => one.kind === 'use' && one.as.text === owner);
    const file = module?.kind === 'use' ? modules.get(module.path.value) : undefined;
    return file && fileFunctions(file).get(inner);
  }
  return fileFunctions(tree).get(name) ?? libraryFunctions(library).get(name) ?? LANGUAGE_FUNCTIONS.get(name);
}
