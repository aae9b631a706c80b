/**
 * Who is meant by each name of a file: the declarations of a tree and every place that reads, calls or names them. Made
 * from the tree alone, so that it is there while the file is half written, and in both spellings alike (positions are those
 * of the file the tree came from).
 *
 * Values and functions have separate name spaces, as in the checker (check/scope.ts).
 */
import { ENGINE_STREAMS, META_STREAMS, VENUE_STREAMS } from '../operators/streams.ts';
import type {
  Declaration,
  Expression,
  FnDeclaration,
  Name,
  Property,
  PropertyValue,
  Range,
  Span,
  Tree,
} from '../syntax/tree.ts';

export type SymbolKind =
  | 'param'
  | 'let'
  | 'signal'
  | 'state'
  | 'label'
  | 'fn'
  | 'argument'
  | 'local'
  | 'clock'
  | 'session'
  | 'instrument'
  | 'universe'
  | 'input'
  | 'features'
  | 'column'
  | 'model'
  | 'module';

export interface FileSymbol {
  readonly kind: SymbolKind;
  readonly name: string;
  /** Of the name. */
  readonly span: Span;
  /** Of the whole declaration. */
  readonly whole: Span;
  readonly doc?: string;
  /** Number of the function or block that it stands in. */
  readonly owner?: number;
  readonly declaration: Declaration;
}

/** What a name stands for: a symbol of this file, or something that the language or the library provides. */
export type Target =
  | { readonly of: 'file'; readonly symbol: number }
  /** A function of the standard library, a primitive, or a call that the checker knows by name. */
  | { readonly of: 'function'; readonly name: string }
  /** `close`, `position`, `closed.profit`. */
  | { readonly of: 'stream'; readonly name: string }
  | { readonly of: 'group'; readonly name: string }
  /** `stops.wide`: a name that the module `stops` of this file exports. */
  | { readonly of: 'module'; readonly module: number; readonly name: string }
  | { readonly of: 'unknown'; readonly name: string };

export interface Occurrence {
  readonly span: Span;
  readonly target: Target;
  readonly role: 'declares' | 'reads' | 'calls';
}

export interface Symbols {
  readonly symbols: readonly FileSymbol[];
  /** In the order of the text. */
  readonly occurrences: readonly Occurrence[];
}

const STREAM_NAMES: ReadonlySet<string> = new Set([
  ...[...ENGINE_STREAMS, ...VENUE_STREAMS, ...META_STREAMS].map(({ field }) => field),
  'bar',
  'true',
  'false',
  'fill_price',
]);

interface Scope {
  readonly values: Map<string, number>;
  readonly functions: Map<string, number>;
  readonly parent?: Scope;
}

export function symbolsOf(tree: Tree): Symbols {
  const walker = new Walker();
  for (const declaration of tree.declarations) walker.declare(declaration, walker.top);
  for (const declaration of tree.declarations) walker.visit(declaration, walker.top);
  return {
    symbols: walker.symbols,
    occurrences: walker.occurrences.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end),
  };
}

/** The occurrence that an offset touches, its end included: a caret behind a name still means it. */
export function occurrenceAt({ occurrences }: Symbols, offset: number): Occurrence | undefined {
  const touching = occurrences.filter(({ span }) => span.start <= offset && offset <= span.end);
  return touching.find(({ span }) => offset < span.end) ?? touching.at(-1);
}

export function sameTarget(a: Target, b: Target): boolean {
  if (a.of === 'file') return b.of === 'file' && a.symbol === b.symbol;
  if (a.of === 'module') return b.of === 'module' && a.module === b.module && a.name === b.name;
  return a.of === b.of && 'name' in b && a.name === b.name;
}

class Walker {
  readonly symbols: FileSymbol[] = [];
  readonly occurrences: Occurrence[] = [];
  readonly top: Scope = newScope();
  /** Columns of each features block, by the block's symbol. */
  private readonly columns = new Map<number, Map<string, number>>();
  /** Arguments of each function of the file, by the function's symbol. */
  private readonly parameters = new Map<number, Map<string, number>>();

  // -------------------------------------------------------------- declarations

  declare(declaration: Declaration, scope: Scope): void {
    switch (declaration.kind) {
      case 'let':
      case 'signal':
      case 'state':
      case 'label':
      case 'param':
      case 'clock':
      case 'session':
      case 'universe':
      case 'input':
      case 'model':
        this.add(declaration.kind, declaration.name, declaration, scope);
        break;
      case 'instrument':
        if (declaration.name) this.add('instrument', declaration.name, declaration, scope);
        break;
      case 'use':
        this.add('module', declaration.as, declaration, scope);
        break;
      case 'features': {
        const owner = this.add('features', declaration.name, declaration, scope);
        const inside = newScope();
        for (const column of declaration.columns) {
          if (column.kind === 'column') this.add('column', column.name, declaration, inside, owner);
        }
        this.columns.set(owner, inside.values);
        break;
      }
      case 'at':
        for (const inner of declaration.declarations) this.declare(inner, scope);
        break;
      case 'fn': {
        const owner = this.add('fn', declaration.name, declaration, scope);
        const inside = newScope();
        for (const { name } of declaration.parameters) this.add('argument', name, declaration, inside, owner);
        this.parameters.set(owner, inside.values);
        break;
      }
      default:
        break;
    }
  }

  private add(kind: SymbolKind, name: Name, declaration: Declaration, scope: Scope, owner?: number): number {
    const symbol = this.symbols.length;
    const doc = 'doc' in declaration && owner === undefined ? declaration.doc : undefined;
    this.symbols.push({
      kind,
      name: name.text,
      span: name.span,
      whole: owner === undefined ? declaration.span : name.span,
      ...(doc !== undefined && { doc }),
      ...(owner !== undefined && { owner }),
      declaration,
    });
    this.occurrences.push({ span: name.span, target: { of: 'file', symbol }, role: 'declares' });
    const space = kind === 'fn' ? scope.functions : scope.values;
    // The first of two counts; the second is a mistake that has its own message.
    if (!space.has(name.text)) space.set(name.text, symbol);
    return symbol;
  }

  // -------------------------------------------------------------- what declarations read

  visit(declaration: Declaration, scope: Scope): void {
    const read = (...expressions: readonly (Expression | undefined)[]) => {
      for (const expression of expressions) if (expression) this.expression(expression, scope);
    };
    switch (declaration.kind) {
      case 'instrument':
      case 'universe':
      case 'account':
      case 'input':
      case 'execution':
        this.properties(declaration.properties, scope);
        break;
      case 'param':
        read(declaration.value, ...rangeOf(declaration.range), ...(declaration.choices ?? []));
        break;
      case 'require':
        read(declaration.condition);
        break;
      case 'let':
      case 'signal':
      case 'label':
        read(declaration.value);
        break;
      case 'state':
        read(declaration.starts, declaration.then, declaration.reset);
        break;
      case 'at':
        this.reads(declaration.clock, scope);
        for (const inner of declaration.declarations) this.visit(inner, scope);
        break;
      case 'fn':
        this.body(declaration, scope);
        break;
      case 'features':
        if (declaration.axis) this.reads(declaration.axis.universe, scope);
        for (const column of declaration.columns) {
          if (column.kind === 'column') read(column.value);
          else {
            this.note(column.group.span, { of: 'group', name: column.group.text }, 'reads');
            read(...rangeOf(column.lags));
          }
        }
        break;
      case 'model':
        if (declaration.trainer.kind === 'call') read(...declaration.trainer.arguments.map(({ value }) => value));
        if (declaration.learn) this.reads(declaration.learn, scope);
        this.reads(declaration.from, scope);
        read(declaration.when);
        this.properties(declaration.properties, scope);
        break;
      case 'train':
        this.reads(declaration.model, scope);
        this.properties(declaration.properties, scope);
        break;
      case 'when':
        read(declaration.condition, declaration.action.verb === 'reduce' ? declaration.action.share : undefined);
        this.target(declaration.target, scope);
        this.properties(declaration.properties, scope);
        break;
      case 'while': {
        const inside = declaration.for ? newScope(scope) : scope;
        if (declaration.for) {
          read(declaration.for.low, declaration.for.high);
          this.add('local', declaration.for.name, declaration, inside);
        }
        this.expression(declaration.condition, inside);
        this.target(declaration.target, scope);
        for (const order of [declaration.order, declaration.then]) {
          if (!order) continue;
          if (order.size) this.expression(order.size, inside);
          this.expression(order.price, inside);
        }
        this.properties(declaration.properties, inside);
        break;
      }
      case 'rebalance':
        if (declaration.on.kind === 'when') read(declaration.on.condition);
        if (declaration.to.kind === 'weights') read(declaration.to.value);
        else
          for (const { name, value } of declaration.to.weights) {
            this.reads(name, scope);
            read(value);
          }
        this.properties(declaration.properties, scope);
        break;
      case 'risk':
        for (const rule of declaration.rules) {
          if (rule.kind === 'cap') {
            read(rule.limit);
            if (rule.else?.kind === 'halt' && rule.else.until) this.reads(rule.else.until, scope);
          } else {
            read(rule.length, rule.condition);
            if (rule.axis) this.reads(rule.axis.universe, scope);
          }
        }
        break;
      case 'plot':
        read(...declaration.series);
        break;
      case 'test': {
        const inside = newScope(scope);
        for (const given of declaration.given) this.declare(given, inside);
        for (const given of declaration.given) this.visit(given, inside);
        for (const expected of declaration.expect) this.expression(expected, inside);
        break;
      }
      default:
        break;
    }
  }

  private body({ name, parameters, result, body }: FnDeclaration, scope: Scope): void {
    const owner = scope.functions.get(name.text);
    const inside = newScope(scope);
    for (const [known, symbol] of this.parameters.get(owner ?? -1) ?? []) inside.values.set(known, symbol);
    for (const parameter of parameters) if (parameter.default) this.expression(parameter.default, scope);
    if (body.kind === 'expression') {
      this.expression(body.value, inside);
      return;
    }
    for (const inner of body.declarations) this.add('local', inner.name, inner, inside, owner);
    for (const inner of body.declarations) this.visit(inner, inside);
    if (result.kind === 'several') for (const named of result.names) this.reads(named, inside);
  }

  private target(target: Extract<Declaration, { kind: 'when' }>['target'], scope: Scope): void {
    if (target?.kind === 'on') this.reads(target.name, scope);
    if (target?.kind === 'across') this.reads(target.axis.universe, scope);
  }

  private properties(properties: readonly Property[], scope: Scope): void {
    for (const { value } of properties) {
      if (value.kind === 'block') this.properties(value.properties, scope);
      else for (const expression of expressionsOf(value)) this.expression(expression, scope);
    }
  }

  // -------------------------------------------------------------- expressions

  private expression(expression: Expression, scope: Scope): void {
    switch (expression.kind) {
      case 'name':
        this.reads(expression, scope);
        return;
      case 'member':
        this.member(expression, scope);
        return;
      case 'call':
        this.call(expression, scope);
        return;
      case 'across':
        this.expression(expression.value, scope);
        this.reads(expression.axis.universe, scope);
        return;
      default:
        for (const child of innerOf(expression)) this.expression(child, scope);
    }
  }

  /** `perp.close`, `x.mom`, `stops.wide`, `closed.profit`: the object decides what the word behind the dot is. */
  private member({ object, property }: Extract<Expression, { kind: 'member' }>, scope: Scope): void {
    if (object.kind === 'name') {
      const symbol = lookUp(scope, object.text);
      const { kind } = (symbol === undefined ? undefined : this.symbols[symbol]) ?? {};
      if (symbol === undefined && STREAM_NAMES.has(`${object.text}.${property.text}`)) {
        const name = `${object.text}.${property.text}`;
        this.note({ start: object.span.start, end: property.span.end }, { of: 'stream', name }, 'reads');
        return;
      }
      this.reads(object, scope);
      if (kind === 'instrument') this.note(property.span, { of: 'stream', name: property.text }, 'reads');
      else if (kind === 'module' && symbol !== undefined)
        this.note(property.span, { of: 'module', module: symbol, name: property.text }, 'reads');
      else if (kind === 'features' && symbol !== undefined) {
        const column = this.columns.get(symbol)?.get(property.text);
        if (column !== undefined) this.note(property.span, { of: 'file', symbol: column }, 'reads');
      }
      return;
    }
    this.expression(object, scope);
  }

  private call({ callee, arguments: given }: Extract<Expression, { kind: 'call' }>, scope: Scope): void {
    let called: number | undefined;
    if (callee.kind === 'name') {
      called = lookUp(scope, callee.text, 'functions');
      const target: Target =
        called === undefined ? { of: 'function', name: callee.text } : { of: 'file', symbol: called };
      this.note(callee.span, target, 'calls');
    } else if (callee.object.kind === 'name') {
      const module = lookUp(scope, callee.object.text);
      this.reads(callee.object, scope);
      if (module !== undefined)
        this.note(callee.property.span, { of: 'module', module, name: callee.property.text }, 'calls');
    }
    const parameters = called === undefined ? undefined : this.parameters.get(called);
    for (const { name, value } of given) {
      const parameter = name && parameters?.get(name.text);
      if (name && parameter !== undefined) this.note(name.span, { of: 'file', symbol: parameter }, 'reads');
      this.expression(value, scope);
    }
  }

  private reads({ text, span }: Pick<Name, 'text' | 'span'>, scope: Scope): void {
    const symbol = lookUp(scope, text);
    if (symbol !== undefined) this.note(span, { of: 'file', symbol }, 'reads');
    else this.note(span, { of: STREAM_NAMES.has(text) ? 'stream' : 'unknown', name: text }, 'reads');
  }

  private note(span: Span, target: Target, role: Occurrence['role']): void {
    this.occurrences.push({ span, target, role });
  }
}

function newScope(parent?: Scope): Scope {
  return { values: new Map(), functions: new Map(), ...(parent && { parent }) };
}

function lookUp(scope: Scope, name: string, space: 'values' | 'functions' = 'values'): number | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const symbol = at[space].get(name);
    if (symbol !== undefined) return symbol;
  }
  return undefined;
}

function rangeOf(range: Range | undefined): readonly (Expression | undefined)[] {
  return range ? [range.low, range.high, range.step] : [];
}

/** What stands directly inside an expression of the kinds that hold no names of their own. */
function innerOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'index':
      return [expression.object, expression.index];
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'between':
      return [expression.value, expression.low, expression.high];
    case 'if':
      return [expression.condition, expression.then, expression.else];
    case 'suffixed':
    case 'is':
      return [expression.value];
    default:
      return [];
  }
}

function expressionsOf(value: PropertyValue): readonly Expression[] {
  switch (value.kind) {
    case 'expression':
      return [value.expression];
    case 'order':
      return value.price ? [value.price] : [];
    case 'sizing':
      return [value.amount];
    case 'parts':
      return value.parts.flatMap(({ share, price }) => (share === 'rest' ? [price] : [share, price]));
    case 'after':
      return [value.value, value.after];
    case 'fees':
      return [value.maker, value.taker];
    case 'tuned':
      return [value.value, value.range.low, value.range.high, ...(value.range.step ? [value.range.step] : [])];
    case 'ranked':
      return [value.value, value.by];
    case 'list':
      return value.items;
    default:
      return [];
  }
}
