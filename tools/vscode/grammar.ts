/**
 * The TextMate grammars of the extension, made from the tables of the language: what an editor colours before the server
 * has said anything, and what places without a server (a diff, a code block in Markdown) go by.
 *
 * A word that may also be a name (`step`, `base`) is coloured where it most likely is one; the server's semantic colours
 * put right what only meaning can tell.
 */
import { KINDS } from '../../language/check/kinds.ts';
import { ENGINE_STREAMS, META_STREAMS, VENUE_STREAMS } from '../../language/operators/streams.ts';
import { CAP_ACTIONS, CAPS, SIDES, SPECIAL_FUNCTIONS, VERBS } from '../../language/query/vocabulary.ts';
import { DECLARATION_KEYWORDS, type DeclarationKeyword } from '../../language/syntax/keywords.ts';

export interface Rule {
  readonly name?: string;
  readonly contentName?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly while?: string;
  readonly include?: string;
  readonly captures?: Captures;
  readonly beginCaptures?: Captures;
  readonly endCaptures?: Captures;
  readonly patterns?: readonly Rule[];
}
type Captures = Readonly<Record<string, { readonly name?: string; readonly patterns?: readonly Rule[] }>>;

export interface Grammar {
  readonly scopeName: string;
  readonly name?: string;
  readonly fileTypes?: readonly string[];
  readonly injectionSelector?: string;
  readonly patterns: readonly Rule[];
  readonly repository: Readonly<Record<string, Rule>>;
}

/** What a declaration's keyword does to the name behind it. */
const NAMED: Readonly<Partial<Record<DeclarationKeyword, string>>> = {
  use: 'entity.name.namespace.vela',
  instrument: 'entity.name.type.instrument.vela',
  universe: 'entity.name.type.universe.vela',
  clock: 'entity.name.type.clock.vela',
  session: 'entity.name.type.session.vela',
  input: 'variable.other.input.vela',
  param: 'variable.parameter.vela',
  fn: 'entity.name.function.vela',
  let: 'variable.other.constant.vela',
  signal: 'entity.name.type.event.vela',
  state: 'variable.other.readwrite.vela',
  features: 'entity.name.type.features.vela',
  label: 'variable.other.label.vela',
  model: 'entity.name.type.model.vela',
  train: 'entity.name.type.model.vela',
  at: 'entity.name.type.clock.vela',
};

/** Statements that act, in the colour of control; the others declare. */
const ACTING: ReadonlySet<DeclarationKeyword> = new Set([
  'when',
  'while',
  'rebalance',
  'risk',
  'execution',
  'require',
  'plot',
  'test',
  'every',
  'at',
  'use',
]);

/** Words of clauses, each a name anywhere else. */
const CLAUSE_WORDS = [
  ...['after', 'again', 'as', 'by', 'cap', 'expect', 'for', 'from', 'given', 'in', 'is', 'keep', 'lags', 'learn', 'on'],
  ...['over', 'pause', 'reset', 'rest', 'risking', 'starts', 'step', 'target_vol', 'to', 'until', 'use'],
  ...['limit', 'stop', 'market', 'buy', 'sell', 'maker', 'taker', 'post_only'],
];

const words = (list: readonly string[]) => list.map(word => word.replaceAll('.', '\\.')).join('|');
/** Not behind a dot, not a key, not named argument, not called, not just a part of a name. */
const loose = (list: readonly string[]) => `(?<![\\w.])(?:${words(list)})(?![\\w.]|\\s*[=(:])`;
const NAME = '[A-Za-z_][A-Za-z0-9_]*';

/** Head words of streams: `closed` of `closed.profit`. */
const streams = (list: readonly { readonly field: string }[]) => [
  ...new Set(list.map(({ field }) => field.split('.')[0] ?? field)),
];

const REPOSITORY = {
  comment: {
    patterns: [
      { name: 'comment.line.documentation.vela', match: '##.*$' },
      { name: 'comment.line.number-sign.vela', match: '#.*$' },
    ],
  },
  text: {
    name: 'string.quoted.double.vela',
    begin: '"',
    end: '"|$',
    patterns: [{ name: 'constant.character.escape.vela', match: '\\\\.' }],
  },
  declaration: {
    patterns: [
      ...DECLARATION_KEYWORDS.filter(keyword => NAMED[keyword] !== undefined).map(keyword => ({
        match: `(?<![\\w.])(${keyword})(?=\\s+${NAME})\\s+(${NAME})(?:\\s*(:)\\s*(${words(KINDS)})(?!\\w))?`,
        captures: {
          1: { name: keywordScope(keyword) },
          2: { patterns: [{ include: '#expressionWord' }, { name: NAMED[keyword] ?? '', match: NAME }] },
          3: { name: 'punctuation.separator.colon.vela' },
          4: { name: 'support.type.vela' },
        },
      })),
      ...DECLARATION_KEYWORDS.map(keyword => ({
        name: keywordScope(keyword),
        // `model` may stand for a value, and every keyword may be a key or the name of an argument.
        match: `(?<![\\w.])${keyword}(?![\\w.]|\\s*[=:]${keyword === 'model' ? '|\\s*[,)]' : ''})`,
      })),
    ],
  },
  expressionWord: {
    patterns: [
      { name: 'keyword.control.conditional.vela', match: '(?<![\\w.])(?:if|then|else)(?![\\w.])' },
      {
        name: 'keyword.operator.wordlike.vela',
        match:
          '(?<![\\w.])(?:crosses\\s+(?:above|below)|or\\s+else|and|or|not|of|mod|between|crosses|above|below)(?![\\w.])',
      },
      { name: 'keyword.operator.wordlike.vela', match: '(?<![\\w.])(?:prev|now|across)(?![\\w.]|\\s*=)' },
    ],
  },
  constant: {
    patterns: [{ name: 'constant.language.vela', match: loose(['true', 'false', 'absent', 'yes', 'no']) }],
  },
  number: {
    patterns: [
      { name: 'constant.numeric.date.vela', match: '(?<![\\w.])\\d{4}-\\d{2}-\\d{2}(?!\\w)' },
      {
        match: '(?<![\\w])(\\d+(?:\\.\\d+)?)(%|(?:bp|ms|mo|[smhdwy])(?!\\w))',
        captures: { 1: { name: 'constant.numeric.vela' }, 2: { name: 'keyword.other.unit.vela' } },
      },
      { name: 'constant.numeric.vela', match: '(?<!\\w)\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?' },
      { name: 'keyword.other.unit.vela', match: '(?<=[\\d)]\\s|[\\d)])\\s*(?:bars?|base|quote)(?!\\w|\\s*[=(:])' },
    ],
  },
  action: {
    patterns: [
      { name: 'keyword.control.action.vela', match: loose(VERBS.map(({ name }) => name)) },
      { name: 'constant.language.side.vela', match: loose(SIDES.map(({ name }) => name)) },
      {
        match: `(?<![\\w.])(cap)\\s+(${words(CAPS.map(({ name }) => name))})(?!\\w)`,
        captures: { 1: { name: 'keyword.other.vela' }, 2: { name: 'support.constant.limit.vela' } },
      },
      { name: 'keyword.control.action.vela', match: loose(CAP_ACTIONS.map(({ name }) => name)) },
      { name: 'keyword.other.vela', match: loose(CLAUSE_WORDS) },
    ],
  },
  key: {
    match: `(?<![\\w.])(${NAME})\\s*(:)(?=\\s|$)`,
    captures: { 1: { name: 'support.type.property-name.vela' }, 2: { name: 'punctuation.separator.colon.vela' } },
  },
  /** `src: price` of a function's head. */
  parameter: {
    match: `(?<![\\w.])(${NAME})\\s*(:)\\s*(${words(KINDS)})(?=\\s*[,)=]|\\s*$)`,
    captures: {
      1: { name: 'variable.parameter.vela' },
      2: { name: 'punctuation.separator.colon.vela' },
      3: { name: 'support.type.vela' },
    },
  },
  result: {
    match: `(->)\\s*(${words(KINDS)})?`,
    captures: { 1: { name: 'keyword.operator.arrow.vela' }, 2: { name: 'support.type.vela' } },
  },
  argument: {
    match: `(?<![\\w.])(${NAME})\\s*(=)(?!=)(?=[^,(){}]*[,)])`,
    captures: { 1: { name: 'variable.parameter.vela' }, 2: { name: 'keyword.operator.assignment.vela' } },
  },
  call: {
    patterns: [
      {
        name: 'support.function.future.vela',
        match: `(?<![\\w.])(?:${words(SPECIAL_FUNCTIONS.filter(({ only }) => only === 'label').map(({ name }) => name))})(?=\\s*\\()`,
      },
      { name: 'support.function.vela', match: `(?<!\\w)${NAME}(?=\\()` },
    ],
  },
  stream: {
    patterns: [
      { name: 'variable.language.vela', match: `(?<!\\w)(?:${words(streams(VENUE_STREAMS))})(?!\\w|\\s*[=(:])` },
      {
        name: 'support.variable.account.vela',
        match: `(?<!\\w)(?:${words(streams(ENGINE_STREAMS))})(?!\\w|\\s*[=(:])`,
      },
      { name: 'support.variable.market.vela', match: loose(streams(META_STREAMS)) },
    ],
  },
  operator: {
    patterns: [
      { name: 'keyword.operator.comparison.vela', match: '<=|>=|==|!=|<|>' },
      { name: 'keyword.operator.range.vela', match: '\\.\\.' },
      { name: 'keyword.operator.arithmetic.vela', match: '[-+*/^]' },
      { name: 'keyword.operator.assignment.vela', match: '=' },
    ],
  },
  name: { name: 'variable.other.vela', match: `(?<!\\w)${NAME}` },
  expression: {
    patterns: [
      ...['text', 'expressionWord', 'constant', 'number', 'argument', 'call', 'stream', 'action', 'operator'],
      'name',
    ].map(one => ({ include: `#${one}` })),
  },
} satisfies Readonly<Record<string, Rule>>;

function keywordScope(keyword: DeclarationKeyword): string {
  return ACTING.has(keyword) ? `keyword.control.${keyword}.vela` : `storage.type.${keyword}.vela`;
}

export function velaGrammar(): Grammar {
  return {
    scopeName: 'source.vela',
    name: 'Vela',
    fileTypes: ['vela'],
    patterns: ['comment', 'declaration', 'parameter', 'key', 'result', 'expression'].map(one => ({
      include: `#${one}`,
    })),
    repository: REPOSITORY,
  };
}

/** ```` ```vela ```` in Markdown: hovers, the manual, a README. */
export function markdownGrammar(): Grammar {
  return {
    scopeName: 'markdown.vela.codeblock',
    injectionSelector: 'L:text.html.markdown',
    patterns: [
      {
        name: 'markup.fenced_code.block.markdown',
        begin: '(^|\\G)(\\s*)(`{3,}|~{3,})\\s*(?i:(vela)(\\s+[^`~]*)?$)',
        end: '(^|\\G)(\\2|\\s{0,3})(\\3)\\s*$',
        beginCaptures: {
          3: { name: 'punctuation.definition.markdown' },
          4: { name: 'fenced_code.block.language.markdown' },
        },
        endCaptures: { 3: { name: 'punctuation.definition.markdown' } },
        patterns: [
          {
            begin: '(^|\\G)(\\s*)(.*)',
            while: '(^|\\G)(?!\\s*([`~]{3,})\\s*$)',
            contentName: 'meta.embedded.block.vela',
            patterns: [{ include: 'source.vela' }],
          },
        ],
      },
    ],
    repository: {},
  };
}

/**
 * The language inside the scalars of a YAML strategy: plain values behind a key, from the line `strategy:` on. Other YAML
 * files have no such line at the margin, and stay as they are.
 */
export function yamlGrammar(): Grammar {
  const value = { patterns: [{ include: '#comment' }, { include: 'source.vela#expression' }] };
  return {
    scopeName: 'yaml.vela.document',
    injectionSelector: 'L:source.yaml -comment -string.quoted -meta.strategy.vela',
    patterns: [
      {
        contentName: 'meta.strategy.vela',
        begin: '^(strategy)(:)(?=\\s)(.*)$',
        end: '^(?=---|\\.\\.\\.)',
        beginCaptures: {
          1: { name: 'entity.name.tag.yaml' },
          2: { name: 'punctuation.separator.key-value.mapping.yaml' },
          3: { name: 'string.unquoted.plain.out.yaml' },
        },
        patterns: [
          { include: '#comment' },
          {
            match: `^(\\s*)(-\\s+)?(${NAME})(:)(?=\\s|$)(?:\\s+([^\\s\\[{"'#|>&*][^#]*?))?\\s*(#.*)?$`,
            captures: {
              2: { name: 'punctuation.definition.block.sequence.item.yaml' },
              3: { name: 'entity.name.tag.yaml' },
              4: { name: 'punctuation.separator.key-value.mapping.yaml' },
              5: value,
              6: { name: 'comment.line.number-sign.yaml' },
            },
          },
          {
            match: `^(\\s*)(-)\\s+([^\\s\\[{"'#|>&*][^#:]*?)\\s*(#.*)?$`,
            captures: {
              2: { name: 'punctuation.definition.block.sequence.item.yaml' },
              3: value,
              4: { name: 'comment.line.number-sign.yaml' },
            },
          },
          { include: '#flow' },
          { include: 'source.yaml' },
        ],
      },
    ],
    repository: {
      comment: { name: 'comment.line.number-sign.yaml', match: '(?:^|(?<=\\s))#.*$' },
      flow: {
        begin: '\\{',
        end: '\\}',
        beginCaptures: { 0: { name: 'punctuation.definition.mapping.begin.yaml' } },
        endCaptures: { 0: { name: 'punctuation.definition.mapping.end.yaml' } },
        patterns: [
          { include: '#comment' },
          { include: '#flow' },
          {
            match: `(${NAME})(:)(?=\\s)`,
            captures: {
              1: { name: 'entity.name.tag.yaml' },
              2: { name: 'punctuation.separator.key-value.mapping.yaml' },
            },
          },
          { name: 'punctuation.separator.mapping.yaml', match: ',' },
          { name: 'string.quoted.single.yaml', match: "'(?:[^']|'')*'" },
          { include: 'source.vela#expression' },
        ],
      },
    },
  };
}
