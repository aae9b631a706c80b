/** docs/operators.md, docs/library.md, docs/streams.md: from the operator table, the library's sources, the stream tables. */
import type { OperatorArgument, OpSpec } from '../../language/operators/operator.ts';
import { ENGINE_STREAMS, META_STREAMS, VENUE_STREAMS } from '../../language/operators/streams.ts';
import { OPERATORS } from '../../language/operators/table.ts';
import type { FnDeclaration, Tree } from '../../language/syntax/tree.ts';
import { libraryTrees } from '../../stdlib/trees.ts';
import { code, fenced, page, table } from './markdown.ts';

const LIBRARY = libraryTrees();

export function operatorsPage(): string {
  const specs = [...OPERATORS.values()];
  return page(
    '# Operators',
    'The primitives: what the language computes with. Everything else is written in the language itself, in the [library](library.md).',
    '## Called by name',
    ...specs.filter(spec => spec.callable).map(operatorSection),
    '## Written with signs and words',
    table(
      ['operator', 'formula', 'does'],
      specs.filter(spec => !spec.callable).map(spec => [code(spec.name), code(spec.formula), spec.doc]),
    ),
  );
}

function operatorSection(spec: OpSpec): string {
  const signature = `${spec.name}(${spec.arguments.map(argumentText).join(', ')})`;
  return [
    `### ${spec.name}`,
    fenced('vela', signature),
    spec.doc,
    `Formula: ${code(spec.formula)}. ${MISSING[spec.missing]}`,
    ...(spec.arguments.length === 0
      ? []
      : [
          table(
            ['argument', 'is'],
            spec.arguments.map(argument => [code(argument.name), argument.doc]),
          ),
        ]),
  ].join('\n\n');
}

const MISSING: Readonly<Record<OpSpec['missing'], string>> = {
  propagate: 'Absent where an argument is.',
  kleene: 'Unknown only where the arguments do not decide it.',
  discharge: 'Always present.',
  strict: 'Absent while a tick of its window is.',
  hold: 'Keeps its value where its input is absent.',
};

function argumentText({ name, default: value, repeats }: OperatorArgument): string {
  return `${name}${value === undefined ? '' : ` = ${value}`}${repeats ? ', …' : ''}`;
}

export function libraryPage(): string {
  return page(
    '# The standard library',
    'Written in the language itself; the sources are in `stdlib/`. Values follow TA-Lib where TA-Lib has the indicator, and say so where they follow another source.',
    ...LIBRARY.flatMap(librarySection),
    '## Features',
    'Groups of columns that a block takes in: `features x { use technical_indicators over 1h, 1d lags 0..5 }`. Every column is a ratio, a count or an index, never a price.',
    ...LIBRARY.flatMap(groupSections),
  );
}

function groupSections(tree: Tree): readonly string[] {
  return tree.declarations.flatMap(declaration => {
    if (declaration.kind !== 'features') return [];
    const columns = declaration.columns.flatMap(column =>
      column.kind === 'column'
        ? [
            [
              code(column.name.text),
              code(tree.source.text.slice(column.value.span.start, column.value.span.end)),
              (column.comments?.leading ?? []).map(line => line.replace(/^# ?/, '')).join(' '),
            ],
          ]
        : [],
    );
    const about = declaration.doc === undefined ? [] : [declaration.doc];
    return [[`### ${declaration.name.text}`, ...about, table(['column', 'formula', 'is'], columns)].join('\n\n')];
  });
}

function librarySection(tree: Tree): readonly string[] {
  const functions = tree.declarations.filter(declaration => declaration.kind === 'fn');
  const name = (tree.source.name.split('/').at(-1) ?? tree.source.name).replace(/\.vela$/, '').replaceAll('_', ' ');
  return functions.length === 0
    ? []
    : [
        `## ${name[0]?.toUpperCase()}${name.slice(1)}`,
        ...functions.map(declaration => functionSection(declaration, tree)),
      ];
}

function functionSection(declaration: FnDeclaration, tree: Tree): string {
  const { name, parameters, result, doc = '' } = declaration;
  const shown = parameters.map(({ name: parameter, type, default: value }) => {
    const given = value && tree.source.text.slice(value.span.start, value.span.end);
    return `${parameter.text}: ${type.text}${given === undefined ? '' : ` = ${given}`}`;
  });
  const gives = result.kind === 'single' ? result.type.text : `(${result.names.map(one => one.text).join(', ')})`;
  return [
    `### ${name.text}`,
    fenced('vela', `fn ${name.text}(${shown.join(', ')}) -> ${gives}`),
    doc.split('\n').join('  \n'),
  ].join('\n\n');
}

export function streamsPage(): string {
  return page(
    '# Streams',
    'The names a strategy can read without declaring them.',
    '## The market',
    table(
      ['stream', 'unit', 'is'],
      VENUE_STREAMS.map(stream => [
        code(stream.field),
        stream.unit,
        `${stream.doc}${stream.optional ? ' May be absent.' : ''}${stream.source === 'later' ? ' No data file brings it yet.' : ''}`,
      ]),
    ),
    '## The account',
    'They show the account after all fills up to a bar and before anything decided at it; features and labels may not read them.',
    table(
      ['stream', 'unit', 'is'],
      ENGINE_STREAMS.map(stream => [
        code(stream.field),
        stream.base === 'num'
          ? stream.unit
          : stream.base === 'bool'
            ? 'true or false'
            : (stream.categories ?? []).join(', '),
        stream.doc,
      ]),
    ),
    '## Facts of the market',
    table(
      ['stream', 'unit', 'is'],
      META_STREAMS.map(stream => [code(stream.field), stream.unit, stream.doc]),
    ),
  );
}
