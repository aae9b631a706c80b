/**
 * What goes into a graph and what comes out, read from the file and checked against the features it is to be fed with,
 * before any library sees it. Errors E1160–E1173 name what is wrong and how to export the model instead.
 */
import { modelError } from '../errors.ts';
import { decodeOnnx, message, nodeOf } from './decode.ts';
import { valueInfo } from './encode.ts';
import { ELEMENT, elementName, type OnnxModel, type OnnxValue } from './graph.ts';
import { NotAMessage, WireWriter } from './wire.ts';

export interface Signature {
  readonly model: OnnxModel;
  /** The file, or a copy of it that gives the probabilities as a tensor where the file gives a list of dictionaries. */
  readonly bytes: Uint8Array;
  readonly input: { readonly name: string; readonly element: 'float' | 'double' };
  /** `columns` is absent where the file does not say. */
  readonly output: { readonly name: string; readonly columns?: number };
}

/** `file` names it in errors. */
export function signatureOf(bytes: Uint8Array, features: number, file?: string): Signature {
  const place = file === undefined ? {} : { file };
  const fail: typeof modelError = (code, facts) => modelError(code, facts, place);
  if (bytes.length === 0) throw fail('E1160', { why: 'empty' });
  const model = decoded(bytes, fail);
  if (model.external) throw fail('E1173', {});

  const constants = new Set(model.graph.initializers.map(({ name }) => name));
  const inputs = model.graph.inputs.filter(({ name }) => !constants.has(name));
  const [input] = inputs;
  if (inputs.length !== 1) throw fail('E1161', { inputs: inputs.map(({ name }) => name) });
  const isDouble = input.element === ELEMENT.double;
  if (input.kind !== 'tensor' || !(isDouble || input.element === ELEMENT.float)) {
    const type = input.kind === 'tensor' ? elementName(input.element ?? 0) : `a ${input.kind}`;
    throw fail('E1163', { input: input.name, type });
  }
  if (!fits(input, features)) throw fail('E1162', { input: input.name, shape: shapeText(input), features });

  const plain = withoutZipMap(bytes, model) ?? { bytes, model };
  const numbers = plain.model.graph.outputs.filter(isNumbers);
  const [output] = numbers;
  if (numbers.length !== 1) throw fail('E1165', { outputs: numbers.map(({ name }) => name) });
  const columns = output.dims?.length === 1 ? 1 : output.dims?.[1];
  return {
    ...plain,
    input: { name: input.name, element: isDouble ? 'double' : 'float' },
    output: { name: output.name, ...(typeof columns === 'number' && columns > 0 && { columns }) },
  };
}

function decoded(bytes: Uint8Array, fail: typeof modelError): OnnxModel {
  try {
    return decodeOnnx(bytes);
  } catch (error) {
    if (!(error instanceof NotAMessage)) throw error;
    throw fail('E1160', { why: looksLikeOnnx(bytes) ? 'cut short' : 'other format' });
  }
}

/** Every ONNX file begins with its version of the format, and then the name of who wrote it or the graph. */
function looksLikeOnnx(bytes: Uint8Array): boolean {
  return bytes[0] === 8 && bytes[1] < 32 && [0x12, 0x1a, 0x3a].includes(bytes[2]);
}

function fits({ dims }: OnnxValue, features: number): boolean {
  if (dims === undefined) return true;
  const [rows, columns] = dims;
  const isOpen = (dim: number | string): boolean => typeof dim === 'string' || dim === 0;
  return dims.length === 2 && isOpen(rows) && (isOpen(columns) || columns === features);
}

function shapeText({ dims }: OnnxValue): string {
  return `[${(dims ?? []).map(dim => (dim === '' ? '?' : dim)).join(', ')}]`;
}

const FLOATS: ReadonlySet<number | undefined> = new Set([ELEMENT.float, ELEMENT.double]);

function isNumbers({ kind, element, dims }: OnnxValue): boolean {
  return kind === 'tensor' && FLOATS.has(element) && (dims === undefined || dims.length === 1 || dims.length === 2);
}

/**
 * Classifiers of scikit-learn end in a `ZipMap`, which makes a dictionary of each row's probabilities. The same file with
 * the tensor that goes into it as its output; everything else stays as it stands there.
 */
function withoutZipMap(bytes: Uint8Array, model: OnnxModel): { bytes: Uint8Array; model: OnnxModel } | undefined {
  const zip = model.graph.nodes.find(({ operator }) => operator === 'ZipMap');
  const [dictionary] = zip?.outputs ?? [];
  const [probabilities] = zip?.inputs ?? [];
  if (dictionary === undefined || probabilities === undefined) return undefined;
  const tensor = valueInfo({ name: probabilities, kind: 'tensor', element: ELEMENT.float, dims: ['rows', 'classes'] });
  const whole = message(bytes);
  const graph = whole.last(7);
  if (graph === undefined) return undefined;
  const body = new WireWriter();
  for (const field of message(graph.content).fields) {
    if (field.number === 1 && nodeOf(field).operator === 'ZipMap') continue;
    if (field.number === 12 && message(field.content).text(1) === dictionary) body.message(12, tensor);
    else body.raw(field);
  }
  const edited = new WireWriter();
  for (const field of whole.fields) {
    if (field.number === 7) edited.message(7, body);
    else edited.raw(field);
  }
  const done = edited.done();
  return { bytes: done, model: decodeOnnx(done) };
}
