/**
 * Client order ids: unique for all time, and readable by whoever looks at the account. `vela`, six digits of the run, and a
 * hash of run, account, instrument, slot and the number of the intent. No plan is in it, so an edited strategy cannot send
 * the same order again.
 */
import { createHash } from 'node:crypto';

const PREFIX = 'vela';
const RUN_DIGITS = 6;
/** Venues take 32 characters and more of letters and digits. */
const LENGTH = 32;

export interface ClientIdParts {
  readonly runId: string;
  readonly account: string;
  readonly symbol: string;
  readonly slot: number;
  readonly number: number;
}

export function clientIdOf({ runId, account, symbol, slot, number }: ClientIdParts): string {
  const digits = createHash('sha256')
    .update(JSON.stringify([runId, account, symbol, slot, number]))
    .digest('hex');
  return `${PREFIX}${tagOf(runId)}${digits}`.slice(0, LENGTH);
}

/** Whether an order was sent by some run of Vela, and by which. */
export function ownerOf(clientId: string | undefined, runId: string): 'this run' | 'another run' | 'foreign' {
  if (clientId === undefined || !clientId.startsWith(PREFIX) || clientId.length !== LENGTH) return 'foreign';
  return clientId.slice(PREFIX.length, PREFIX.length + RUN_DIGITS) === tagOf(runId) ? 'this run' : 'another run';
}

function tagOf(runId: string): string {
  return createHash('sha256').update(runId).digest('hex').slice(0, RUN_DIGITS);
}
