/** Bytes as an ONNX model. What our graphs do not have and no check looks at is passed over; `NotAMessage` for other files. */
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './graph.ts';
import { ELEMENT } from './graph.ts';
import { columnOf, type Field, fieldsOf, floatsOf, intsOf, NotAMessage, rawOf, textOf, textsOf } from './wire.ts';

export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  const model = message(bytes);
  const graph = model.last(7);
  const irVersion = model.int(1);
  if (graph === undefined || irVersion === 0) throw new NotAMessage('no graph');
  const opsets = model.all(8).map(field => {
    const opset = message(field.content);
    return { domain: opset.text(1), version: opset.int(2) };
  });
  const metadata = model.all(14).map((field): [string, string] => {
    const entry = message(field.content);
    return [entry.text(1), entry.text(2)];
  });
  const body = message(graph.content);
  return {
    irVersion,
    producer: model.text(2),
    opsets,
    metadata: new Map(metadata),
    graph: graphOf(body),
    external: body.all(5).some(field => message(field.content).int(14) === 1),
  };
}

function graphOf(body: Message): OnnxGraph {
  return {
    name: body.text(2),
    nodes: body.all(1).map(nodeOf),
    initializers: body.all(5).map(tensorOf),
    inputs: body.all(11).map(valueInfo),
    outputs: body.all(12).map(valueInfo),
  };
}

export function nodeOf({ content }: Field): OnnxNode {
  const node = message(content);
  return {
    operator: node.text(4),
    domain: node.text(7),
    inputs: node.all(1).map(textOf),
    outputs: node.all(2).map(textOf),
    attributes: new Map(node.all(5).map(attributeOf)),
  };
}

function attributeOf({ content }: Field): [string, OnnxAttribute] {
  const attribute = message(content);
  return [attribute.text(1), valueOfAttribute(attribute)];
}

function valueOfAttribute(attribute: Message): OnnxAttribute {
  switch (attribute.int(20)) {
    case 1:
      return { kind: 'float', value: floatsOf(attribute.all(2))[0] ?? 0 };
    case 2:
      return { kind: 'int', value: attribute.int(3) };
    case 3:
      return { kind: 'text', value: attribute.text(4) };
    case 6:
      return { kind: 'floats', values: floatsOf(attribute.all(7)) };
    case 7:
      return { kind: 'ints', values: columnOf(attribute.all(8)) };
    case 8:
      return { kind: 'texts', values: textsOf(attribute.all(9)) };
    default:
      return { kind: 'other' };
  }
}

function tensorOf({ content }: Field): OnnxTensor {
  const tensor = message(content);
  return {
    name: tensor.text(8),
    element: tensor.int(2),
    dims: intsOf(tensor.all(1)),
    raw: tensor.last(9)?.content ?? unpacked(tensor),
  };
}

/** Other writers put the values of floats and whole numbers into fields of their own. */
function unpacked(tensor: Message): Uint8Array {
  const element = tensor.int(2);
  if (element === ELEMENT.float) return rawOf(floatsOf(tensor.all(4)));
  if (element === ELEMENT.int64) return rawOf(BigInt64Array.from(intsOf(tensor.all(7)), BigInt));
  const doubles = tensor.all(10).map(field => field.content);
  return Uint8Array.from(doubles.flatMap(bytes => [...bytes]));
}

function valueInfo({ content }: Field): OnnxValue {
  const value = message(content);
  const name = value.text(1);
  const type = value.last(2);
  if (type === undefined) return { name, kind: 'other' };
  const kinds = message(type.content);
  const tensor = kinds.last(1);
  if (tensor === undefined) {
    const kind = kinds.last(4) !== undefined ? 'sequence' : kinds.last(5) !== undefined ? 'map' : 'other';
    return { name, kind };
  }
  const facts = message(tensor.content);
  const shape = facts.last(2);
  return {
    name,
    kind: 'tensor',
    element: facts.int(1),
    ...(shape !== undefined && { dims: message(shape.content).all(1).map(dimOf) }),
  };
}

function dimOf({ content }: Field): number | string {
  const dim = message(content);
  return dim.last(1) === undefined ? dim.text(2) : dim.int(1);
}

/** Fields by their number; what is not there is 0, empty, or nothing. */
interface Message {
  /** All of them, in the order of the file. */
  readonly fields: readonly Field[];
  readonly all: (field: number) => readonly Field[];
  readonly last: (field: number) => Field | undefined;
  readonly int: (field: number) => number;
  readonly text: (field: number) => string;
}

export function message(bytes: Uint8Array): Message {
  const byNumber = new Map<number, Field[]>();
  const fields = fieldsOf(bytes);
  for (const field of fields) {
    const known = byNumber.get(field.number);
    if (known === undefined) byNumber.set(field.number, [field]);
    else known.push(field);
  }
  const all = (field: number): readonly Field[] => byNumber.get(field) ?? [];
  const last = (field: number): Field | undefined => all(field).at(-1);
  const textAt = (field: number): string => {
    const found = last(field);
    return found === undefined ? '' : textOf(found);
  };
  return { fields, all, last, int: field => last(field)?.value ?? 0, text: textAt };
}
