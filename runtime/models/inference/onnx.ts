/**
 * A graph as a predictor: onnxruntime behind the port. On the processor a graph of our trees gives the bits of our own
 * code; every other graph is approximate, for the bits of a matrix product change with processor and provider.
 */
import { modelError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { type Signature, signatureOf } from '../onnx/signature.ts';
import { findLibrary, firstLine, loadLibrary, versionOf } from './library.ts';
import type { Predictor } from './predictor.ts';
import { openSession, type Provider, type RowSession, type SessionRequest, type SessionResult } from './session.ts';
import { openThreadSession } from './session-threads.ts';

export interface OnnxRequest {
  readonly bytes: Uint8Array;
  readonly features: number;
  readonly provider: Provider;
  /** Sessions in threads of their own; 0 for one in this thread. */
  readonly threads: number;
  /** Named in errors. */
  readonly file?: string;
}

/** Rows that go to a session at once: few enough to spread over threads, enough that the way there costs nothing. */
const CHUNK = 8192;

/** Throws E1160–E1173. */
export async function openOnnx(request: OnnxRequest): Promise<Predictor> {
  const { bytes, features, provider, threads, file } = request;
  const signature = signatureOf(bytes, features, file);
  const library = findLibrary();
  const version = versionOf(loadLibrary(library));
  const sessions = await openSessions(sessionRequest(signature, library, provider), threads).catch(error => {
    throw loadFailure(error, version, file);
  });
  const close = async (): Promise<void> => {
    await Promise.all(sessions.map(session => session.close()));
  };
  const run = async (session: RowSession, rows: Float32Array): Promise<SessionResult> => {
    try {
      return await session.run(rows, features);
    } catch (error) {
      throw modelError('E1168', { reason: firstLine(error) }, file === undefined ? {} : { file });
    }
  };
  // What the file does not say of its output is asked of the graph itself, and a graph that cannot run is refused here.
  const { columns: outputs } = await run(sessions[0], new Float32Array(features)).catch(async error => {
    await close();
    throw error;
  });

  return {
    promise: provider === 'cpu' && signature.model.metadata.get('vela.artefact') === 'trees' ? 'exact' : 'approximate',
    name: `onnxruntime ${version} ${provider}`,
    features,
    outputs,
    predict: async matrix => {
      const { rows } = matrix;
      const margins = new Float64Array(rows * outputs);
      const starts = Array.from({ length: Math.ceil(rows / CHUNK) }, (_, chunk) => chunk * CHUNK);
      await Promise.all(
        starts.map(async (start, chunk) => {
          const count = Math.min(CHUNK, rows - start);
          const session = sessions[chunk % sessions.length];
          const { values } = await run(session, rowMajor(matrix, start, count));
          for (let r = 0; r < count; r++) {
            for (let o = 0; o < outputs; o++) margins[o * rows + start + r] = values[r * outputs + o];
          }
        }),
      );
      checkNumbers(margins, matrix, outputs, file);
      return margins;
    },
    close,
  };
}

export function sessionRequest(
  { bytes, input, output }: Signature,
  library: string,
  provider: Provider,
): SessionRequest {
  return { library, bytes, provider, input, output: output.name };
}

async function openSessions(request: SessionRequest, threads: number): Promise<readonly RowSession[]> {
  if (threads === 0) return [await openSession(loadLibrary(request.library), request)];
  return Promise.all(Array.from({ length: threads }, () => openThreadSession(request)));
}

const UNSUPPORTED =
  /No Op registered|Could not find an implementation|is not a registered function|Opset \d+ is under development|Unsupported model IR version|is not registered|Unknown opset|custom op/i;

function loadFailure(error: unknown, version: string, file: string | undefined): Error {
  // Where in its own source it noticed is of no use to anyone here.
  const reason = firstLine(error).replace(/^\S*\/onnxruntime_src\/.*?\)\s+(?=[A-Z])/, '');
  const place = file === undefined ? {} : { file };
  return modelError(UNSUPPORTED.test(String(error)) ? 'E1164' : 'E1166', { reason, version }, place);
}

/** Rows `start .. start + count`, row by row. */
export function rowMajor({ rows, columns, values }: Matrix, start: number, count: number): Float32Array {
  const whole = new Float32Array(count * columns);
  for (let c = 0; c < columns; c++) {
    const from = c * rows + start;
    for (let r = 0; r < count; r++) whole[r * columns + c] = values[from + r];
  }
  return whole;
}

/** A row without any feature has no margin, whatever the graph says; a complete one must have one (E1167). */
function checkNumbers(margins: Float64Array, matrix: Matrix, outputs: number, file: string | undefined): void {
  const { rows, columns, values } = matrix;
  const present = new Uint32Array(rows);
  for (let c = 0; c < columns; c++)
    for (let r = 0; r < rows; r++) present[r] += Number(!Number.isNaN(values[c * rows + r]));
  for (let o = 0; o < outputs; o++) {
    for (let r = 0; r < rows; r++) {
      const value = margins[o * rows + r];
      if (present[r] === 0) margins[o * rows + r] = Number.NaN;
      else if (!Number.isFinite(value)) {
        if (present[r] === columns)
          throw modelError('E1167', { row: r, output: o, value }, file === undefined ? {} : { file });
        margins[o * rows + r] = Number.NaN;
      }
    }
  }
}
