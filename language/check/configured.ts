/**
 * The configured model: `predict(model)` where the strategy declares no such model, and what else the configuration
 * documents of a deployment say in a strategy (language.md §4; models.md, The configured model).
 *
 * The document is written out as the declarations it stands for, in a file of its own, and these are read and checked
 * like any others: a configured model means exactly what its text would mean in the strategy.
 */
import { type ParseResult, parse } from '../syntax/parse.ts';
import type { ModelDeclaration, SourceFile, Span, TrainDeclaration } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type ModelDocument, type Scalar, SHIPPED, type TradingDocument } from './configuration.ts';
import { type Context, report } from './context.ts';
import { declareStream, declareValue, ofKind } from './declare.ts';
import type { NodeId } from './node.ts';
import type { Param } from './program.ts';
import { type FeaturesEntry, lookUp, type ModelEntry, newScope, type Place } from './scope.ts';
import { RATIO } from './units.ts';

/** The name that a strategy calls it by. */
export const MODEL = 'model';

/** Names of its parts in the file that is written out. */
const PARTS = { features: 'model_features', label: 'model_label', model: 'model_' } as const;

const LABEL = 'triple_barrier(3 * atr(24), 3 * atr(24), 24 bars)';

/** The document with the shipped one below it. `params` are those of the type: another trainer has its own defaults. */
export function resolvedModel(given: ModelDocument = {}): ModelDocument {
  const type = given.type ?? SHIPPED.model.type;
  const params = type === SHIPPED.model.type ? { ...SHIPPED.model.params, ...given.params } : { ...given.params };
  return { ...SHIPPED.model, ...given, type, params };
}

export function resolvedTrading(given: TradingDocument = {}): TradingDocument {
  return { ...given, signal_thresholds: { ...SHIPPED.trading.signal_thresholds, ...given.signal_thresholds } };
}

// ---------------------------------------------------------------- the model

/** What was made of the document, once a strategy. */
export interface Configured {
  readonly model: ModelEntry;
  readonly features: FeaturesEntry;
  readonly train: TrainDeclaration;
}

/** The entry of the configured model; made when it is first asked for. `span`: where that is. */
export function configuredModel(cx: Context, top: Place, span: Span): ModelEntry | undefined {
  if (cx.configured === undefined) cx.configured = declareConfigured(cx, top, span) ?? 'broken';
  return cx.configured === 'broken' ? undefined : cx.configured.model;
}

function declareConfigured(cx: Context, top: Place, span: Span): Configured | undefined {
  const document = resolvedModel(cx.configuration.model);
  // A name is a label of the strategy; anything else is a label's expression.
  const named = document.label !== undefined && /^[A-Za-z_]\w*$/.test(document.label) ? document.label : undefined;
  if (named !== undefined && lookUp(top.scope, named) === undefined) {
    const facts = { name: named, wanted: 'a label' };
    report(cx, top.scope.file, { code: EXPRESSION_CODE.unknownName, span, facts });
    return undefined;
  }
  const { tree, problems } = readDocument(document, named);
  cx.problems.push(...problems);
  const file = cx.files.push(tree.source) - 1;
  // It sees what the strategy sees: its label may be one of the strategy's.
  const scope = newScope(file, { parent: top.scope });
  const place: Place = { ...top, scope };
  const [features] = ofKind(tree.declarations, 'features');
  const [model] = ofKind(tree.declarations, 'model');
  const [train] = ofKind(tree.declarations, 'train');
  if (!features || !model || !train) return undefined;
  for (const label of ofKind(tree.declarations, 'label')) declareStream(cx, place, label);
  const block: FeaturesEntry = {
    kind: 'features',
    declaration: features,
    place,
    index: cx.blocks++,
    progress: 'new',
    span: features.name.span,
  };
  declareValue(cx, scope, features.name, block);
  const declaration = { ...model, name: { text: MODEL, span: model.name.span } };
  const entry: ModelEntry = { kind: 'model', declaration, place, progress: 'new', span: model.name.span };
  return { model: entry, features: block, train };
}

// ---------------------------------------------------------------- defaults of declared models

/** A declared model with what a document that is there says of what it leaves out. */
export function withDocument(cx: Context, declaration: ModelDeclaration): ModelDeclaration {
  const { model: document } = cx.configuration;
  if (!document || declaration.trainer.kind !== 'name') return declaration;
  const same = declaration.trainer.text === (document.type ?? SHIPPED.model.type);
  const { seed, options = {} } = document;
  const values = { ...(same && document.params), ...options, ...(seed !== undefined && { seed }) };
  const said = new Set(declaration.properties.map(({ key }) => key.text));
  const more = [...readModel(propertyLines(values)).properties].filter(({ key }) => !said.has(key.text));
  return {
    ...declaration,
    properties: [...declaration.properties, ...more.map(one => placedAt(one, declaration.span))],
  };
}

/** The training that a document that is there gives to a declared model without one. */
export function documentTraining(cx: Context, declaration: ModelDeclaration): TrainDeclaration | undefined {
  const train = cx.configuration.model?.train;
  if (!train || declaration.trainer.kind !== 'name') return undefined;
  const { method = SHIPPED.model.train.method, ...splits } = train;
  const text = [`train ${PARTS.model} ${method} {`, ...propertyLines(splits), '}'].join('\n');
  const [found] = ofKind(parse(documentFile(text)).tree.declarations, 'train');
  return found && placedAt(found, declaration.span);
}

function readModel(lines: readonly string[]): Pick<ModelDeclaration, 'properties'> {
  const text = [`model ${PARTS.model} = xgboost from ${PARTS.features} {`, ...lines, '}'].join('\n');
  const [found] = ofKind(parse(documentFile(text)).tree.declarations, 'model');
  return found ?? { properties: [] };
}

/** The same tree, as if it stood at one place of the strategy: that is where its mistakes are told. */
function placedAt<Tree>(tree: Tree, span: Span): Tree {
  return JSON.parse(JSON.stringify(tree), (key, value: unknown) =>
    key === 'span' || key === 'operatorSpan' ? span : value,
  );
}

function documentFile(text: string): SourceFile {
  return { name: 'config/model.yaml, written out', text, form: 'vela' };
}

/** The document as declarations. */
function readDocument(document: ModelDocument, named: string | undefined): ParseResult {
  const { type, params = {}, features = [], over = [], lags, label, seed, train = {}, options = {} } = document;
  const { method = 'walk_forward', ...splits } = train;
  const taken = [over.length > 0 ? ` over ${over.join(', ')}` : '', lags === undefined ? '' : ` lags ${lags}`].join('');
  const text = [
    `features ${PARTS.features} {`,
    ...features.map(group => `  use ${group}${taken}`),
    '}',
    ...(named === undefined ? [`label ${PARTS.label} = ${label ?? LABEL}`] : []),
    `model ${PARTS.model} = ${type} learn ${named ?? PARTS.label} from ${PARTS.features} {`,
    ...propertyLines({ ...params, ...options, seed: seed ?? SHIPPED.model.seed }),
    '}',
    `train ${PARTS.model} ${method} {`,
    ...propertyLines(splits),
    '}',
    '',
  ].join('\n');
  return parse(documentFile(text));
}

function propertyLines(values: Readonly<Record<string, Scalar>>): readonly string[] {
  return Object.entries(values).map(([key, value]) => `  ${key}: ${value}`);
}

// ---------------------------------------------------------------- thresholds

const THRESHOLDS = { entry_threshold: 'entry', exit_threshold: 'exit' } as const;
export const CONFIGURED: readonly string[] = Object.keys(THRESHOLDS);

/** `config.entry_threshold`: a param of the strategy, so that a run can set it and its plan is named by it. */
export function threshold(cx: Context, place: Place, name: string, span: Span): NodeId | undefined {
  if (name !== 'entry_threshold' && name !== 'exit_threshold') return undefined;
  const value = resolvedTrading(cx.configuration.trading).signal_thresholds?.[THRESHOLDS[name]] ?? 0;
  const full = `config.${name}`;
  if (!cx.paramsByName.has(full)) {
    const param: Param = {
      name: full,
      type: 'ratio',
      value,
      doc: `\`signal_thresholds\` of the configuration: ${THRESHOLDS[name]}.`,
      span,
    };
    cx.params.push(param);
    cx.paramsByName.set(full, param);
  }
  return cx.builder.append(
    { op: 'param', args: [], attrs: { name: full }, base: 'num', unit: RATIO, clock: -1, stage: 'param', axis: null },
    place.scope.file,
    span,
    value,
  );
}
