/**
 * One session of onnxruntime: rows in, rows out. One thread within the session, so that a batch of any size gives the bits
 * of single rows (with two threads, half the rows of a forest differ in their last bits); throughput comes from several
 * sessions in threads of their own.
 */
import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';

export type { OnnxRuntime };

export type Provider = 'cpu' | 'cuda' | 'webgpu';

/** Plain data, so that it can be sent to a thread or a process. */
export interface SessionRequest {
  /** Path of onnxruntime-node. */
  readonly library: string;
  readonly bytes: Uint8Array;
  readonly provider: Provider;
  readonly input: { readonly name: string; readonly element: 'float' | 'double' };
  readonly output: string;
}

export interface RowSession {
  /** `rows` values of `width` columns each, row by row. What comes out is row by row too, `columns` wide. */
  readonly run: (rows: Float32Array, width: number) => Promise<SessionResult>;
  readonly close: () => Promise<void>;
}
export interface SessionResult {
  readonly values: Float64Array;
  readonly columns: number;
}

/** Errors are Node's own, as those of the library are below. */
export function requireLibrary(path: string): typeof OnnxRuntime {
  const library: typeof OnnxRuntime = createRequire(path)(path);
  // What it says of a failure is in the error; its log would stand between the lines of a report.
  library.env.logLevel = 'fatal';
  return library;
}

/** Errors are the library's own. */
export async function openSession(library: typeof OnnxRuntime, request: SessionRequest): Promise<RowSession> {
  const { input, output, provider } = request;
  const session = await library.InferenceSession.create(request.bytes, {
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    // Without this a node that the device has no code for runs on the processor, and nobody hears of it.
    ...(provider !== 'cpu' && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
  });
  return {
    run: async (rows, width) => {
      const count = rows.length / width;
      const tensor =
        input.element === 'double'
          ? new library.Tensor('float64', Float64Array.from(rows), [count, width])
          : new library.Tensor('float32', rows, [count, width]);
      const results = await session.run({ [input.name]: tensor }, [output]);
      const { data, dims } = results[output];
      if (!(data instanceof Float32Array || data instanceof Float64Array)) throw new Error(`${output} is no number`);
      if (dims[0] !== count) throw new Error(`${output} has ${dims[0] ?? 0} rows for ${count}`);
      return { values: Float64Array.from(data), columns: data.length / count };
    },
    close: () => session.release(),
  };
}
