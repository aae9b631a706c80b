/** For tests of plans that only the interpreter runs: an emitter that emits nothing. */
import type { KernelEmitter } from '../../compiler/graph/schedule.ts';

export const noKernel: KernelEmitter = ({ stages }) => ({
  wasm: new Uint8Array(),
  stateBytes: stages.map(() => 0),
});
