/** The YAML of one declaration each: what stands under its name in a section, or is an item of one. */
import type * as tree from '../syntax/tree.ts';
import type { YamlEntry, YamlNode } from './document.ts';
import { readProperties, restProperties } from './read-properties.ts';
import { entrySpan, type YamlReader } from './reader.ts';

/** Span, comments and doc of a declaration that is an entry of a mapping. */
function declared(reader: YamlReader, entry: YamlEntry) {
  return reader.declared(entrySpan(entry), entry.key);
}

// ---------------------------------------------------------------- the frame

export function readInstrument(reader: YamlReader, entry: YamlEntry, isNamed: boolean): tree.InstrumentDeclaration {
  const name = isNamed ? reader.nameOf(entry.key, 'the instruments') : undefined;
  const owner = name === undefined ? '`instrument`' : `\`instrument ${name.text}\``;
  const fields = reader.fields(entry.value, owner);
  const symbol = reader.text(fields.required('symbol'), owner);
  const venue = reader.name(fields.required('venue'), owner);
  const properties = restProperties(reader, fields, owner);
  return { kind: 'instrument', ...(name && { name }), symbol, venue, properties, ...declared(reader, entry) };
}

export function readUniverse(reader: YamlReader, entry: YamlEntry): tree.UniverseDeclaration {
  const name = reader.nameOf(entry.key, 'the universes');
  const owner = `\`universe ${name.text}\``;
  const fields = reader.fields(entry.value, owner);
  const list = reader.someItems(fields.required('symbols'), owner, 'at least one symbol');
  const symbols = list.map(item => reader.text(item, owner));
  const venue = reader.name(fields.required('venue'), owner);
  const properties = restProperties(reader, fields, owner);
  return { kind: 'universe', name, symbols, venue, properties, ...declared(reader, entry) };
}

export function readClock(reader: YamlReader, entry: YamlEntry): tree.ClockDeclaration {
  const name = reader.nameOf(entry.key, 'the clocks');
  const owner = `\`clock ${name.text}\``;
  if (entry.value.kind !== 'map') {
    return { kind: 'clock', name, period: reader.duration(entry.value, owner), ...declared(reader, entry) };
  }
  const fields = reader.fields(entry.value, owner);
  const period = reader.duration(fields.required('period'), owner);
  const given = fields.optional('zone');
  const zone = given && reader.text(given, owner);
  fields.end();
  return { kind: 'clock', name, period, ...(zone && { zone }), ...declared(reader, entry) };
}

export function readSession(reader: YamlReader, entry: YamlEntry): tree.SessionDeclaration {
  const name = reader.nameOf(entry.key, 'the sessions');
  const owner = `\`session ${name.text}\``;
  const fields = reader.fields(entry.value, owner);
  const hours = reader.text(fields.required('hours'), owner);
  const zone = reader.text(fields.required('zone'), owner);
  const on = fields.optional('days');
  const days = on && reader.fragment(on, owner, grammar => grammar.weekdays());
  fields.end();
  return { kind: 'session', name, hours, zone, ...(days && { days }), ...declared(reader, entry) };
}

export function readInput(reader: YamlReader, entry: YamlEntry): tree.InputDeclaration {
  const name = reader.nameOf(entry.key, 'the inputs');
  const owner = `\`input ${name.text}\``;
  const fields = reader.fields(entry.value, owner);
  const type = reader.name(fields.required('type'), owner);
  const period = reader.duration(fields.required('every'), owner);
  const from = reader.text(fields.required('from'), owner);
  const properties = restProperties(reader, fields, owner);
  return { kind: 'input', name, type, period, from, properties, ...declared(reader, entry) };
}

/** `account` and `execution` are blocks and nothing else. */
export function readBlock<K extends 'account' | 'execution'>(reader: YamlReader, entry: YamlEntry, kind: K) {
  const entries = reader.map(entry.value, `\`${kind}\``).entries;
  return { kind, properties: readProperties(reader, entries, `\`${kind}\``), ...declared(reader, entry) };
}

// ---------------------------------------------------------------- values

export function readParam(reader: YamlReader, entry: YamlEntry): tree.ParamDeclaration {
  const name = reader.nameOf(entry.key, 'the params');
  const owner = `\`param ${name.text}\``;
  if (entry.value.kind !== 'map') {
    return { kind: 'param', name, value: reader.expression(entry.value, owner), ...declared(reader, entry) };
  }
  const fields = reader.fields(entry.value, owner);
  const given = fields.optional('type');
  const type = given && reader.name(given, owner);
  const value = reader.expression(fields.required('default'), owner);
  const limits = fields.oneOf(['in', 'of']);
  const range = limits?.key === 'in' ? readRange(reader, limits.value, fields.optional('step'), owner) : undefined;
  const choices =
    limits?.key === 'of'
      ? reader.someItems(limits.value, owner, 'at least one choice').map(item => reader.expression(item, owner))
      : undefined;
  fields.end();
  return {
    kind: 'param',
    name,
    ...(type && { type }),
    value,
    ...(range && { range }),
    ...(choices && { choices }),
    ...declared(reader, entry),
  };
}

function readRange(reader: YamlReader, node: YamlNode, step: YamlNode | undefined, owner: string): tree.Range {
  const range = reader.fragment(node, owner, grammar => grammar.range());
  if (step === undefined) return range;
  if (range.step !== undefined) return reader.fail('E0126', step.span, { first: 'in', second: 'step', place: owner });
  return { ...range, step: reader.expression(step, owner) };
}

export function readBinding<K extends 'let' | 'signal' | 'label'>(reader: YamlReader, entry: YamlEntry, kind: K) {
  const name = reader.nameOf(entry.key, `a \`${kind}\``);
  const value = reader.expression(entry.value, `\`${kind} ${name.text}\``);
  return { kind, name, value, ...declared(reader, entry) };
}

export function readState(reader: YamlReader, entry: YamlEntry): tree.StateDeclaration {
  const name = reader.nameOf(entry.key, 'a `state`');
  const owner = `\`state ${name.text}\``;
  const fields = reader.fields(entry.value, owner);
  const starts = reader.expression(fields.required('starts'), owner);
  const then = reader.expression(fields.required('then'), owner);
  const again = fields.optional('reset');
  const reset = again && reader.expression(again, owner);
  fields.end();
  return { kind: 'state', name, starts, then, ...(reset && { reset }), ...declared(reader, entry) };
}

/** In a mapping of values a text is a `let`, a mapping a `state`. */
function readLetOrState(reader: YamlReader, entry: YamlEntry): tree.LetDeclaration | tree.StateDeclaration {
  return entry.value.kind === 'map' ? readState(reader, entry) : readBinding(reader, entry, 'let');
}

export function readFn(reader: YamlReader, entry: YamlEntry): tree.FnDeclaration {
  const name = reader.nameOf(entry.key, 'the functions');
  const owner = `\`fn ${name.text}\``;
  const fields = reader.fields(entry.value, owner);
  const takes = fields.optional('takes');
  const parameters = takes === undefined ? [] : reader.map(takes, owner).entries.map(one => readParameter(reader, one));
  const result = readResult(reader, fields.required('gives'), owner);
  const content = fields.oneOf(['is', 'body']) ?? fields.missing(['is', 'body'], entry.key.span);
  fields.end();
  const body: tree.FnBody =
    content.key === 'is'
      ? { kind: 'expression', value: reader.expression(content.value, owner) }
      : {
          kind: 'block',
          declarations: reader.map(content.value, owner).entries.flatMap(one => {
            const part = { keyword: 'let', name: { text: one.key.value, span: one.key.span }, span: entrySpan(one) };
            return reader.attempt(part, () => readLetOrState(reader, one)) ?? [];
          }),
        };
  return { kind: 'fn', name, parameters, result, body, ...declared(reader, entry) };
}

function readParameter(reader: YamlReader, entry: YamlEntry): tree.FnParameter {
  const name = reader.nameOf(entry.key, 'the parameters');
  const owner = `the parameter \`${name.text}\``;
  const span = entrySpan(entry);
  if (entry.value.kind !== 'map') return { name, type: reader.name(entry.value, owner), span };
  const fields = reader.fields(entry.value, owner);
  const type = reader.name(fields.required('type'), owner);
  const preset = fields.optional('default');
  fields.end();
  return { name, type, ...(preset && { default: reader.expression(preset, owner) }), span };
}

function readResult(reader: YamlReader, node: YamlNode, owner: string): tree.FnResult {
  if (node.kind !== 'list') return { kind: 'single', type: reader.name(node, owner) };
  return { kind: 'several', names: node.items.map(item => reader.name(item, owner)) };
}

type AtStatement = tree.AtDeclaration['declarations'][number];

/** `at: { day: { let: …, signals: …, states: … } }`, or a list of blocks that each name their `clock`. */
export function readAt(
  reader: YamlReader,
  clock: tree.Name,
  node: YamlNode,
  entry: YamlEntry | undefined,
): tree.AtDeclaration {
  const owner = `\`at ${clock.text}\``;
  const fields = reader.fields(node, owner);
  if (entry === undefined) fields.optional('clock');
  const declarations: AtStatement[] = [];
  const section = (key: string, kind: AtStatement['kind'], read: (one: YamlEntry) => AtStatement) => {
    const heading = fields.entry(key);
    if (heading === undefined) return;
    const { entries } = reader.map(heading.value, owner);
    reader.heading(heading.key, entries[0]?.key.span.start);
    for (const one of entries) {
      const part = { keyword: kind, name: { text: one.key.value, span: one.key.span }, span: entrySpan(one) };
      const statement = reader.attempt(part, () => read(one));
      if (statement !== undefined) declarations.push(statement);
    }
  };
  section('let', 'let', one => readBinding(reader, one, 'let'));
  section('signals', 'signal', one => readBinding(reader, one, 'signal'));
  section('states', 'state', one => readState(reader, one));
  fields.end();
  const place = entry === undefined ? reader.declared(node.span) : declared(reader, entry);
  return { kind: 'at', clock, declarations, ...place };
}

// ---------------------------------------------------------------- models

export function readFeatures(reader: YamlReader, entry: YamlEntry): tree.FeaturesDeclaration {
  const name = reader.nameOf(entry.key, 'the features');
  const owner = `\`features ${name.text}\``;
  const fields = reader.fields(entry.value, owner);
  const universe = fields.optional('across');
  const axis = universe && reader.fragment(universe, owner, grammar => grammar.axisNames());
  const content = fields.required('columns');
  fields.end();
  const columns =
    content.kind === 'list'
      ? content.items.flatMap(item => readListedColumn(reader, item, owner))
      : reader.map(content, owner).entries.map(one => readColumn(reader, one, entrySpan(one), one.key));
  return { kind: 'features', name, ...(axis && { axis }), columns, ...declared(reader, entry) };
}

function readColumn(
  reader: YamlReader,
  { key, value }: YamlEntry,
  span: tree.Span,
  heading?: YamlEntry['key'],
): tree.FeatureColumn {
  const name = reader.nameOf(key, 'the columns');
  return {
    kind: 'column',
    name,
    value: reader.expression(value, `\`${name.text}\``),
    ...reader.commented(span, heading),
  };
}

/** In a list of columns: `- mom: rank(close)`, or a group: `- { use: technical_indicators, over: [1h, 1d], lags: 0..5 }` */
function readListedColumn(reader: YamlReader, node: YamlNode, owner: string): tree.FeatureColumn | tree.FeatureGroup {
  const fields = reader.fields(node, `a column of ${owner}`);
  const used = fields.optional('use');
  if (used === undefined) {
    const [only, another] = fields.node.entries;
    if (only === undefined || another !== undefined) {
      const span = another?.key.span ?? node.span;
      const found = only === undefined ? 'nothing' : 'several';
      return reader.fail('E0123', span, { place: `a column of ${owner}`, expected: 'one name and its value', found });
    }
    return readColumn(reader, only, node.span);
  }
  const group = reader.name(used, owner);
  const periods = fields.optional('over');
  const over = periods === undefined ? [] : reader.items(periods).map(item => reader.duration(item, owner));
  const shifted = fields.optional('lags');
  const lags = shifted && reader.fragment(shifted, owner, grammar => grammar.range());
  fields.end();
  return { kind: 'group', group, over, ...(lags && { lags }), ...reader.commented(node.span) };
}

export function readModel(reader: YamlReader, entry: YamlEntry): tree.ModelDeclaration {
  const name = reader.nameOf(entry.key, 'the models');
  const owner = `\`model ${name.text}\``;
  const fields = reader.fields(entry.value, owner);
  const trainer = reader.fragment(fields.required('type'), owner, grammar => grammar.trainer());
  const label = fields.optional('learn');
  const learn = label && reader.name(label, owner);
  const from = reader.name(fields.required('from'), owner);
  const rows = fields.optional('when');
  const when = rows && reader.fragment(rows, owner, grammar => grammar.chain());
  const properties = restProperties(reader, fields, owner);
  return {
    kind: 'model',
    name,
    trainer,
    ...(learn && { learn }),
    from,
    ...(when && { when }),
    properties,
    ...declared(reader, entry),
  };
}

/** `train: { gbm: { walk_forward: { window: 2y } } }` */
export function readTrain(reader: YamlReader, entry: YamlEntry): tree.TrainDeclaration {
  const model = reader.nameOf(entry.key, '`train`');
  const owner = `\`train ${model.text}\``;
  const [only, another] = reader.map(entry.value, owner).entries;
  if (only === undefined || another !== undefined) {
    const found = only === undefined ? 'nothing' : 'several';
    return reader.fail('E0123', another?.key.span ?? entry.key.span, { place: owner, expected: 'one method', found });
  }
  const method = reader.nameOf(only.key, owner);
  const properties = readProperties(reader, reader.map(only.value, owner).entries, owner);
  return { kind: 'train', model, method, properties, ...declared(reader, entry) };
}

// ---------------------------------------------------------------- plots and tests

export function readPlot(reader: YamlReader, node: YamlNode): tree.PlotDeclaration {
  const fields = reader.fields(node, 'a plot');
  const list = reader.someItems(fields.required('series'), 'a plot', 'at least one series');
  const series = list.map(item => reader.expression(item, '`plot`'));
  const on = fields.optional('on');
  const pane = on && reader.name(on, '`plot`');
  fields.end();
  return { kind: 'plot', series, ...(pane && { pane }), ...reader.declared(node.span) };
}

export function readTest(reader: YamlReader, node: YamlNode): tree.TestDeclaration {
  const fields = reader.fields(node, 'a test');
  const title = reader.text(fields.required('test'), 'a test');
  const values = fields.optional('given');
  const given = values === undefined ? [] : reader.map(values, '`given`').entries.map(one => readGiven(reader, one));
  const checks = fields.optional('expect');
  const expect = checks === undefined ? [] : reader.items(checks).map(item => reader.expression(item, '`expect`'));
  fields.end();
  return { kind: 'test', title, given, expect, ...reader.declared(node.span) };
}

/** In `given` a text is a `let`, a mapping a `param`. */
function readGiven(reader: YamlReader, entry: YamlEntry): tree.LetDeclaration | tree.ParamDeclaration {
  return entry.value.kind === 'map' ? readParam(reader, entry) : readBinding(reader, entry, 'let');
}
