/** The YAML of what a strategy does: rules, standing orders, rebalancing, risk. */
import type {
  Action,
  CapRule,
  PauseRule,
  RebalanceDeclaration,
  RiskDeclaration,
  Side,
  WhenDeclaration,
  WhileDeclaration,
} from '../syntax/tree.ts';
import type { YamlEntry, YamlNode } from './document.ts';
import { restProperties } from './read-properties.ts';
import { entrySpan, type Fields, type YamlReader } from './reader.ts';

const VERBS = ['enter', 'add', 'reduce', 'exit', 'flatten', 'alert'] as const;

/** An item of `rules`: one with `when`, or a standing order with `while`. */
export function readRule(reader: YamlReader, node: YamlNode): WhenDeclaration | WhileDeclaration {
  const fields = reader.fields(node, 'a rule');
  const start = fields.oneOf(['when', 'while']) ?? fields.missing(['when', 'while'], node.span);
  return start.key === 'when'
    ? readWhen(reader, node, fields, start.value)
    : readWhile(reader, node, fields, start.value);
}

function readWhen(reader: YamlReader, node: YamlNode, fields: Fields, condition: YamlNode): WhenDeclaration {
  const owner = '`when`';
  const when = reader.fragment(condition, owner, grammar => grammar.chain());
  const action = readAction(reader, node, fields);
  const target = readTarget(reader, fields);
  const properties = restProperties(reader, fields, owner);
  return {
    kind: 'when',
    condition: when,
    action,
    ...(target && { target }),
    properties,
    ...reader.declared(node.span),
  };
}

function readAction(reader: YamlReader, node: YamlNode, fields: Fields): Action {
  const [first] = node.kind === 'map' ? node.entries : [];
  const { key: verb, value } = fields.oneOf(VERBS) ?? fields.missing(VERBS, first?.key.span ?? node.span);
  const { span } = value;
  const sided = fields.entry('side');
  if (sided !== undefined && verb !== 'reduce') {
    return reader.fail('E0126', sided.key.span, { first: verb, second: 'side', place: 'a rule' });
  }
  switch (verb) {
    case 'enter':
      return { verb, side: reader.fragment(value, '`enter`', grammar => grammar.side()), span };
    case 'add':
    case 'exit': {
      const side = anySide(reader, value, verb);
      return { verb, ...(side && { side }), span };
    }
    case 'reduce': {
      const share = reader.fragment(value, '`reduce`', grammar => grammar.chain());
      const side = sided === undefined ? undefined : anySide(reader, sided.value, verb);
      return { verb, share, ...(side && { side }), span };
    }
    case 'flatten': {
      const word = value.kind === 'scalar' ? value.value : undefined;
      if (word !== 'all' && word !== '') {
        return reader.fail('E0123', span, { place: '`flatten`', expected: 'the word `all`', found: 'something else' });
      }
      return { verb, span };
    }
    case 'alert':
      return { verb, message: reader.text(value, '`alert`'), span };
  }
}

/** `any`, or nothing, means both sides. */
function anySide(reader: YamlReader, node: YamlNode, verb: string): Side | undefined {
  if (node.kind === 'scalar' && (node.isEmpty || node.value === 'any')) return undefined;
  return reader.fragment(node, `\`${verb}\``, grammar => grammar.side());
}

function readTarget(reader: YamlReader, fields: Fields): WhenDeclaration['target'] {
  const found = fields.oneOf(['on', 'across']);
  if (found === undefined) return undefined;
  return found.key === 'on'
    ? { kind: 'on', name: reader.name(found.value, '`on`') }
    : { kind: 'across', axis: reader.fragment(found.value, '`across`', grammar => grammar.axisNames()) };
}

function readWhile(reader: YamlReader, node: YamlNode, fields: Fields, condition: YamlNode): WhileDeclaration {
  const owner = '`while`';
  const holds = reader.fragment(condition, owner, grammar => grammar.chain());
  const order = reader.fragment(fields.required('keep'), '`keep`', grammar => grammar.standingOrder());
  const second = fields.optional('then');
  const next = second && reader.fragment(second, '`then`', grammar => grammar.standingOrder());
  const repeated = fields.optional('for');
  const steps = repeated && reader.fragment(repeated, '`for`', grammar => grammar.steps());
  const target = readTarget(reader, fields);
  const properties = restProperties(reader, fields, owner);
  return {
    kind: 'while',
    condition: holds,
    order,
    // biome-ignore lint/suspicious/noThenProperty: the field has the language's own word
    ...(next && { then: next }),
    ...(steps && { for: steps }),
    ...(target && { target }),
    properties,
    ...reader.declared(node.span),
  };
}

export function readRebalance(reader: YamlReader, node: YamlNode, entry: YamlEntry): RebalanceDeclaration {
  const owner = '`rebalance`';
  const fields = reader.fields(node, owner);
  const moment = fields.oneOf(['every', 'when']) ?? fields.missing(['every', 'when'], node.span);
  const on: RebalanceDeclaration['on'] =
    moment.key === 'every'
      ? { kind: 'every', period: reader.duration(moment.value, owner) }
      : { kind: 'when', condition: reader.fragment(moment.value, owner, grammar => grammar.chain()) };
  const to = readWeights(reader, fields.required('to'));
  const properties = restProperties(reader, fields, owner);
  const isOnly = entry.value === node;
  return {
    kind: 'rebalance',
    on,
    to,
    properties,
    ...reader.declared(isOnly ? entrySpan(entry) : node.span, isOnly ? entry.key : undefined),
  };
}

function readWeights(reader: YamlReader, node: YamlNode): RebalanceDeclaration['to'] {
  if (node.kind !== 'map') return { kind: 'weights', value: reader.expression(node, '`to`') };
  const weights = node.entries.map(({ key, value }) => ({
    name: reader.nameOf(key, 'the weights'),
    value: reader.expression(value, `the weight of \`${key.value}\``),
  }));
  return { kind: 'named', weights };
}

export function readRisk(reader: YamlReader, entry: YamlEntry): RiskDeclaration {
  const rules = reader.list(entry.value, '`risk`').items.flatMap(item => {
    const rule = reader.attempt({ keyword: 'risk', span: item.span }, () => readRiskRule(reader, item));
    return rule ?? [];
  });
  return { kind: 'risk', rules, ...reader.declared(entrySpan(entry), entry.key) };
}

function readRiskRule(reader: YamlReader, node: YamlNode): CapRule | PauseRule {
  const fields = reader.fields(node, 'a rule of `risk`');
  const kind = fields.oneOf(['cap', 'pause']) ?? fields.missing(['cap', 'pause'], node.span);
  const rule = kind.key === 'cap' ? readCap(reader, kind.value, fields) : readPause(reader, kind.value, fields);
  fields.end();
  return { ...rule, ...reader.commented(node.span) };
}

function readCap(reader: YamlReader, named: YamlNode, fields: Fields): CapRule {
  const name = reader.name(named, '`cap`');
  const owner = `\`cap ${name.text}\``;
  const limit = reader.fragment(fields.required('at'), owner, grammar => grammar.chain());
  const reaction = fields.optional('else');
  const action = reaction && reader.fragment(reaction, owner, grammar => grammar.capAction());
  return { kind: 'cap', name, limit, ...(action && { else: action }), span: name.span };
}

function readPause(reader: YamlReader, node: YamlNode, fields: Fields): PauseRule {
  const length = reader.fragment(node, '`pause`', grammar => grammar.chain());
  const condition = reader.fragment(fields.required('when'), '`pause`', grammar => grammar.chain());
  const universe = fields.optional('across');
  const axis = universe && reader.fragment(universe, '`pause`', grammar => grammar.axisNames());
  return { kind: 'pause', length, condition, ...(axis && { axis }), span: node.span };
}
