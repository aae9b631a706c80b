/**
 * The process in which a device is tried (device.ts): opens a session on it, predicts the rows a few times and tells the
 * outputs and the median time. If the driver hangs or crashes, only this process does.
 */
import type { TrialAnswer, TrialRequest } from './device.ts';
import { openSession, requireLibrary } from './session.ts';

const REPEATS = 5;

process.once('message', async (request: TrialRequest) => {
  const answer = await tried(request);
  process.send?.(answer, () => process.exit(0));
});

async function tried(request: TrialRequest): Promise<TrialAnswer> {
  try {
    const session = await openSession(requireLibrary(request.library), request);
    const { rows, width } = request;
    // The first run compiles the device's code.
    const result = await session.run(rows, width);
    const times: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const start = performance.now();
      await session.run(rows, width);
      times.push(performance.now() - start);
    }
    return { kind: 'ran', ms: times.sort((a, b) => a - b)[REPEATS >> 1], ...result };
  } catch (error) {
    return { kind: 'threw', reason: error instanceof Error ? error.message : String(error) };
  }
}
