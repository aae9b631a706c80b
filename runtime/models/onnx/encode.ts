/** An ONNX model as bytes. They depend on the model alone: no time, no path, no name of a machine. */
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './graph.ts';
import { WireWriter } from './wire.ts';

export function encodeOnnx({ irVersion, producer, opsets, metadata, graph }: OnnxModel): Uint8Array<ArrayBuffer> {
  const body = new WireWriter();
  for (const node of graph.nodes) body.message(1, nodeOf(node));
  body.text(2, graph.name);
  for (const tensor of graph.initializers) body.message(5, tensorOf(tensor));
  for (const input of graph.inputs) body.message(11, valueInfo(input));
  for (const output of graph.outputs) body.message(12, valueInfo(output));

  const model = new WireWriter().int(1, irVersion).text(2, producer).message(7, body);
  for (const { domain, version } of opsets) model.message(8, new WireWriter().text(1, domain).int(2, version));
  for (const [key, value] of metadata) model.message(14, new WireWriter().text(1, key).text(2, value));
  return model.done();
}

function nodeOf({ operator, domain, inputs, outputs, attributes }: OnnxNode): WireWriter {
  const node = new WireWriter();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  node.text(4, operator);
  for (const [name, attribute] of attributes) node.message(5, attributeOf(name, attribute));
  if (domain !== '') node.text(7, domain);
  return node;
}

function attributeOf(name: string, attribute: OnnxAttribute): WireWriter {
  const writer = new WireWriter().text(1, name);
  switch (attribute.kind) {
    case 'float':
      return writer.float(2, attribute.value).int(20, 1);
    case 'int':
      return writer.int(3, attribute.value).int(20, 2);
    case 'text':
      return writer.text(4, attribute.value).int(20, 3);
    case 'floats':
      return writer.floats(7, attribute.values).int(20, 6);
    case 'ints':
      return writer.ints(8, attribute.values).int(20, 7);
    case 'texts':
      for (const value of attribute.values) writer.text(9, value);
      return writer.int(20, 8);
    case 'other':
      throw new Error(`the attribute ${name} was not read, and cannot be written`);
  }
}

function tensorOf({ name, element, dims, raw }: OnnxTensor): WireWriter {
  return new WireWriter().ints(1, dims).int(2, element).text(8, name).bytes(9, raw);
}

export function valueInfo({ name, element, dims }: OnnxValue): WireWriter {
  const tensor = new WireWriter().int(1, element ?? 0);
  if (dims !== undefined) {
    const shape = new WireWriter();
    for (const dim of dims) {
      shape.message(1, typeof dim === 'number' ? new WireWriter().int(1, dim) : new WireWriter().text(2, dim));
    }
    tensor.message(2, shape);
  }
  return new WireWriter().text(1, name).message(2, new WireWriter().message(1, tensor));
}
