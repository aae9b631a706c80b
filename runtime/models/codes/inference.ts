/** E1160–E1179: what can be wrong with predicting, and with graphs made elsewhere. */
import { words } from './words.ts';

const list = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(', ');

/** How a device fails its trial. */
export type DeviceFailure = 'missing' | 'refuses' | 'hangs' | 'dies' | 'wrong' | 'falls back';

export const INFERENCE_CODES = {
  E1160: words<{ readonly why: 'empty' | 'cut short' | 'other format' }>({
    severity: 'error',
    title: 'file that is no ONNX model',
    message: ({ why }) =>
      why === 'empty'
        ? 'the file is empty'
        : why === 'cut short'
          ? 'the ONNX file ends in the middle'
          : 'the file is no ONNX model',
    why: 'A model made elsewhere is an ONNX file: a graph with its weights, written by the exporter of the library that trained it.',
    mend: ({ why }) =>
      why === 'other format'
        ? 'export it as ONNX, as with `skl2onnx.to_onnx`, `torch.onnx.export` or `onnxmltools`'
        : 'copy or export the file again',
  }),
  E1161: words<{ readonly inputs: readonly string[] }>({
    severity: 'error',
    title: 'ONNX model with several inputs',
    message: ({ inputs }) =>
      inputs.length === 0 ? 'the model has no input' : `the model has ${inputs.length} inputs: ${list(inputs)}`,
    why: 'A row of features goes in as one tensor `float[rows, columns]`, its columns in the order of the `features` block.',
    mend: () =>
      'export it with one input; `skl2onnx` makes one where `initial_types` names a single `FloatTensorType([None, columns])`',
  }),
  E1162: words<{ readonly input: string; readonly shape: string; readonly features: number }>({
    severity: 'error',
    title: 'ONNX model of another width',
    message: facts =>
      `the model's input \`${facts.input}\` is ${facts.shape}, and the features are [rows, ${facts.features}]`,
    why: 'Columns are matched by their place. A model of another width was made for other features; one of a fixed number of rows cannot predict in batches.',
    mend: facts =>
      `name the block that the model was made for, or export it for ${facts.features} columns and any number of rows`,
  }),
  E1163: words<{ readonly input: string; readonly type: string }>({
    severity: 'error',
    title: 'ONNX model that reads no numbers',
    message: facts => `the model's input \`${facts.input}\` is ${facts.type}, where float or double is needed`,
    why: 'Features are float32 numbers.',
    mend: () => 'export it with a float input; encoders of text and categories belong before it',
  }),
  E1164: words<{ readonly reason: string; readonly version: string }>({
    severity: 'error',
    title: 'ONNX operators that are not supported',
    message: facts => `onnxruntime ${facts.version} cannot run this model: ${facts.reason}`,
    why: 'Operators come in sets with a version. The file uses one that the installed onnxruntime does not have.',
    mend: () =>
      'export it with an older operator set (`target_opset=17`), without operators of your own, or install a newer onnxruntime-node',
  }),
  E1165: words<{ readonly outputs: readonly string[] }>({
    severity: 'error',
    title: 'ONNX model whose output is not clear',
    message: ({ outputs }) =>
      outputs.length === 0
        ? 'the model has no output of numbers'
        : `the model has ${outputs.length} outputs of numbers: ${list(outputs)}`,
    why: 'One output is the prediction: `float[rows]`, `float[rows, 1]`, or one column a class. A label beside it is passed over.',
    mend: () => 'export it with one output of numbers; of `skl2onnx` use `options={"zipmap": False}`',
  }),
  E1166: words<{ readonly reason: string; readonly version: string }>({
    severity: 'error',
    title: 'ONNX model that does not load',
    message: facts => `onnxruntime ${facts.version} refuses the model: ${facts.reason}`,
    why: 'The graph contradicts itself or its operators: it was damaged, or written by an exporter with a mistake.',
    mend: () => 'check the file with `onnx.checker.check_model` of the Python package onnx, and export it again',
  }),
  E1167: words<{ readonly row: number; readonly output: number; readonly value: number }>({
    severity: 'error',
    title: 'model that emits no number',
    message: facts => `the model gives ${facts.value} for a row in which no feature is absent`,
    why: 'A prediction that is no number decides nothing. A logarithm of 0, a division by 0 or weights that are no numbers are the usual causes.',
    mend: () => 'mend the model where it was made, or the feature that it cannot take',
  }),
  E1168: words<{ readonly reason: string }>({
    severity: 'error',
    title: 'prediction that fails',
    message: facts => `onnxruntime could not run the model: ${facts.reason}`,
    why: 'The graph loads but cannot be computed for these rows.',
    mend: () => 'check that the model takes any number of rows; try it in Python with onnxruntime on the same columns',
  }),
  E1169: words<{ readonly reason: string }>({
    severity: 'error',
    environment: true,
    title: 'onnxruntime-node is not installed',
    message: facts => `the package onnxruntime-node cannot be loaded: ${facts.reason}`,
    why: 'Models made elsewhere, GPUs and compressed nets are run by it. It is large, and models trained by Vela need it for nothing.',
    mend: () => 'run `npm install onnxruntime-node` in the folder you start Vela from',
  }),
  E1170: words<{ readonly device: string; readonly outcome: DeviceFailure; readonly reason: string }>({
    severity: 'error',
    environment: true,
    title: 'device that cannot be used',
    message: facts => `\`device: ${facts.device}\` cannot be used: ${facts.reason}`,
    why: 'A device that is named is used or refused, never quietly replaced: its bits differ from those of the processor. `vela doctor` shows what this machine offers.',
    mend: ({ device, outcome }) => DEVICE_MENDS[outcome](device),
  }),
  E1171: words<{ readonly metric: string; readonly before: number; readonly after: number; readonly bound: number }>({
    severity: 'error',
    title: 'compressed model that loses too much',
    message: facts =>
      `compressed, the model's ${facts.metric} on the validation part goes from ${facts.before} to ${facts.after}, which is more than the bound of ${facts.bound}`,
    why: 'A compressed model is a version of its own, and is kept only where it is as good as its parent.',
    mend: () => 'use the other precision (`float16` loses less than `int8`), or keep the model as it is',
  }),
  E1172: words<{ readonly kind: string }>({
    severity: 'error',
    usage: true,
    title: 'model that cannot be compressed',
    message: facts => `a model of ${facts.kind} cannot be compressed`,
    why: 'Nets have weights by the thousand, in which half the digits are enough. Trees are cut at their best round; linear models are small.',
    mend: () => 'leave it as it is',
  }),
  E1173: words<Record<string, never>>({
    severity: 'error',
    title: 'ONNX model with weights in another file',
    message: () => 'the weights of the model lie in another file',
    why: 'A version is one file, whose bytes are its identity.',
    mend: () => 'save it as one: `onnx.save(model, path, save_as_external_data=False)`',
  }),
  E1175: words<{ readonly reason: string }>({
    severity: 'error',
    title: 'damaged graph of a trained model',
    message: facts => `the graph says that Vela has made it, but is not what Vela makes: ${facts.reason}`,
    why: 'Models of our own are read back to their numbers and predicted exactly. This one was changed afterwards.',
    mend: () => 'train again, or take the file from where it was kept',
  }),
  E1176: words<{ readonly outputs: number; readonly needed: number }>({
    severity: 'error',
    title: 'ONNX model of other outputs',
    message: facts =>
      `the model gives ${facts.outputs} numbers for a row, where ${facts.needed === 1 ? 'one is' : `${facts.needed} are`} needed`,
    why: 'A prediction is one number; of a classifier of two classes it is the probability of the second. Which one of more classes is meant cannot be known.',
    mend: () => 'export it with one output column, such as the probability of the class that the strategy trades',
  }),
  E1177: words<{ readonly value: number }>({
    severity: 'error',
    title: 'ONNX classifier that gives no probability',
    message: facts => `the model gives ${facts.value} where a probability is needed`,
    why: 'A bool or a category is predicted by probabilities, which a classifier made elsewhere gives as they are. A margin or a score would be taken for one.',
    mend: () => 'export it with its probabilities, or write `objective: squared` and compare with what it gives',
  }),
} as const;

const DEVICE_MENDS: Readonly<Record<DeviceFailure, (device: string) => string>> = {
  missing: device =>
    device === 'cuda'
      ? 'install the CUDA libraries of onnxruntime-node (`npm explore onnxruntime-node -- node script/install --onnxruntime-node-install=cuda12`), or write `device: auto`'
      : 'install a newer onnxruntime-node, or write `device: auto`',
  refuses: device =>
    device === 'webgpu'
      ? 'install or update the Vulkan driver of your card (on Debian `mesa-vulkan-drivers`, 25 or newer), or write `device: auto`'
      : 'mend what the driver says, or write `device: auto`',
  hangs: () => 'update the driver, or write `device: auto`',
  dies: () => 'update the driver, or write `device: auto`',
  wrong: () => 'write `device: auto`, and report the card and its driver to the makers of onnxruntime',
  'falls back': () => 'write `device: auto`: trees and linear models are quick and exact on the processor',
};
