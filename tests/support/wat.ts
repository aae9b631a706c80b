/** Kernels as a second tool sees them: binaryen checks, prints and optimises them. Slow to load, so for tests alone. */
import binaryen from 'binaryen';

function read(wasm: Uint8Array): binaryen.Module {
  const module = binaryen.readBinary(wasm);
  module.setFeatures(
    binaryen.Features.Atomics |
      binaryen.Features.BulkMemory |
      binaryen.Features.BulkMemoryOpt |
      binaryen.Features.NontrappingFPToInt |
      binaryen.Features.SIMD128 |
      binaryen.Features.SignExt |
      binaryen.Features.MutableGlobals,
  );
  return module;
}

function using<T>(wasm: Uint8Array, use: (module: binaryen.Module) => T): T {
  const module = read(wasm);
  try {
    return use(module);
  } finally {
    module.dispose();
  }
}

export function isValid(wasm: Uint8Array): boolean {
  return using(wasm, module => module.validate() === 1);
}

/** The text form, for reading while debugging. */
export function wat(wasm: Uint8Array): string {
  return using(wasm, module => module.emitText());
}

export function countGlobals(wasm: Uint8Array): number {
  return using(wasm, module => module.getNumGlobals());
}

/** The module as `-O3` leaves it. */
export function optimised(wasm: Uint8Array): Uint8Array {
  return using(wasm, module => {
    binaryen.setOptimizeLevel(3);
    binaryen.setShrinkLevel(0);
    module.optimize();
    return module.emitBinary();
  });
}
