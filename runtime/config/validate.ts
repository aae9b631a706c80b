/**
 * A document against its JSON Schema. Ajv finds what is wrong; the message is ours: the smallest place in the file, what is
 * allowed there, and what was probably meant.
 */
import { Ajv2019, type ErrorObject, type ValidateFunction } from 'ajv/dist/2019.js';
import { positionOf } from '../../language/diagnostics/position.ts';
import { mostSimilar } from '../../language/syntax/similar.ts';
import type { SourceFile, Span } from '../../language/syntax/tree.ts';
import { type ModelError, modelError } from '../models/errors.ts';
import { modelSchema } from './model-schema.ts';
import { configurationSchemas, type DocumentName } from './texts.ts';
import { pointerPart, type ReadValue } from './value.ts';

const validators = new Map<DocumentName, ValidateFunction>();

function validatorOf(name: DocumentName): ValidateFunction {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const schema: object = name === 'model' ? modelSchema() : JSON.parse(configurationSchemas()[name]);
  const made = new Ajv2019({ allErrors: true, verbose: true, strict: false }).compile(schema);
  validators.set(name, made);
  return made;
}

/** All that is wrong, in the order of the file. */
export function mistakesIn(
  name: DocumentName,
  read: ReadValue,
  source: SourceFile,
): readonly { readonly span: Span; readonly error: ModelError }[] {
  const check = validatorOf(name);
  if (check(read.value)) return [];
  return (
    (check.errors ?? [])
      // An `if` only repeats what its branch has found.
      .filter(error => error.keyword !== 'if')
      .map(error => ({ error, span: spanOf(error, read) }))
      .sort((a, b) => a.span.start - b.span.start || rank(a.error) - rank(b.error))
      .map(({ error, span }) => ({ span, error: problemOf(error, span, source) }))
  );
}

/** Of two at one place, a key that is unknown is told before the one that is missing: most likely it is meant. */
function rank({ keyword }: ErrorObject): number {
  return keyword === 'required' ? 1 : 0;
}

function spanOf({ instancePath, keyword, params }: ErrorObject, { keyAt, valueAt }: ReadValue): Span {
  const unknown = keyword === 'additionalProperties' ? `${instancePath}/${pointerPart(params.additionalProperty)}` : '';
  const nearest = keyword === 'required' ? keyAt.get(instancePath) : undefined;
  return keyAt.get(unknown) ?? nearest ?? valueAt.get(instancePath) ?? { start: 0, end: 0 };
}

function problemOf(error: ErrorObject, span: Span, source: SourceFile): ModelError {
  const { keyword, params, parentSchema, data } = error;
  const { line, column } = positionOf(source, span.start);
  const place = { file: source.name, line, column };
  const at = nameOf(error.instancePath);
  switch (keyword) {
    case 'additionalProperties': {
      const allowed = Object.keys(parentSchema?.properties ?? {});
      const key = String(params.additionalProperty);
      return modelError('E1102', { key, at, allowed, ...suggestion(key, allowed) }, place);
    }
    case 'required':
      return modelError('E1106', { key: String(params.missingProperty), at }, place);
    case 'enum':
    case 'const': {
      const allowed = [params.allowedValues ?? params.allowedValue].flat().map(String);
      if (typeof data !== 'string')
        return modelError('E1103', { at, expected: `one of ${allowed.join(', ')}`, found: kindOf(data) }, place);
      return modelError('E1105', { at, value: data, allowed, ...suggestion(data, allowed) }, place);
    }
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return modelError('E1104', { at, value: String(data), range: rangeText(parentSchema ?? {}) }, place);
    case 'minItems':
    case 'minLength':
      return modelError('E1103', { at, expected: 'at least one word', found: 'empty' }, place);
    case 'uniqueItems':
      return modelError('E1103', { at, expected: 'a list without repetitions', found: 'one with some' }, place);
    case 'pattern':
      return modelError(
        'E1103',
        { at, expected: String(parentSchema?.description ?? 'text of another form'), found: `\`${String(data)}\`` },
        place,
      );
    default:
      return modelError('E1103', { at, expected: expectedKind(params.type), found: kindOf(data) }, place);
  }
}

function suggestion(word: string, allowed: readonly string[]): { readonly suggestion?: string } {
  const similar = mostSimilar(word, allowed);
  return similar === undefined ? {} : { suggestion: similar };
}

/** `model.params.max_depth`, in backticks; the document as a whole without. */
function nameOf(pointer: string): string {
  const path = pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  return path === '' ? 'the document' : `\`${path}\``;
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
};

function expectedKind(type: unknown): string {
  return [type]
    .flat()
    .flatMap(each => String(each).split(','))
    .map(each => KINDS[each] ?? each)
    .join(' or ');
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return `\`${String(value)}\``;
}

function rangeText(schema: Readonly<Record<string, unknown>>): string {
  const parts = [
    ['minimum', 'at least'],
    ['exclusiveMinimum', 'above'],
    ['maximum', 'at most'],
    ['exclusiveMaximum', 'below'],
  ].flatMap(([key = '', words = '']) => (schema[key] === undefined ? [] : [`${words} ${String(schema[key])}`]));
  return parts.join(' and ');
}
