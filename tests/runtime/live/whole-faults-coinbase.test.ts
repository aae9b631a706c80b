/**
 * One thing goes wrong in the life of a run at Coinbase, through the real client: where no order is found by our id, none is
 * changed, and two minutes pass until one without an answer cannot arrive any more. What came of each is a row of
 * docs/run-faults.md.
 */
import { coinbaseVenue } from '../../venue/start.ts';
import {
  BUSY,
  both,
  byHand,
  cancelStops,
  cutStreams,
  deposit,
  diesAsItLeaves,
  diesAsItProtects,
  EMPTY,
  http,
  inParts,
  maintenance,
  notTrading,
  priceTouches,
  told,
} from './faults/acts.ts';
import type { Fault, Ground } from './faults/life.ts';
import { describeLives } from './faults/lives.ts';
import { SPOT_FACTS } from './reconcile/support.ts';

const isStopThere = (params: Readonly<Record<string, unknown>>) => JSON.stringify(params).includes('stop_limit');
const ORDERS = 'POST /api/v3/brokerage/orders';
const NO_FUNDS = {
  status: 200,
  body: JSON.stringify({
    success: false,
    error_response: { error: 'INSUFFICIENT_FUND', preview_failure_reason: 'PREVIEW_INSUFFICIENT_FUND', message: '' },
  }),
};

const COINBASE: Ground = {
  open: coinbaseVenue,
  symbol: 'BTC/USD',
  id: 'BTC-USD',
  exchange: 'coinbase',
  facts: { ...SPOT_FACTS, minNotional: '1' },
  execution: '',
  requests: {
    order: { on: ORDERS, of: params => !isStopThere(params) },
    stop: { on: ORDERS, of: isStopThere },
    cancel: { on: 'POST /api/v3/brokerage/orders/batch_cancel' },
  },
};

const AT_COINBASE: readonly Fault[] = [
  { name: 'nothing' },
  // Of what gets no answer and did not arrive two minutes pass until that is certain.
  {
    name: 'the entry: no answer, it did not arrive',
    beforeEntry: http('order', 'before', 'silence'),
    isDeep: true,
  },
  { name: 'the entry: no answer, it had arrived', beforeEntry: http('order', 'after', 'silence') },
  { name: 'the entry: 503, although done', beforeEntry: http('order', 'after', BUSY) },
  {
    name: 'the entry: 200 with an empty body, although done',
    beforeEntry: http('order', 'after', EMPTY),
    isDeep: true,
  },
  { name: 'the entry: not enough money', beforeEntry: http('order', 'before', NO_FUNDS) },
  { name: 'the entry fills in four parts', beforeEntry: inParts('0.25', '0.25', '0.25', '0.25') },
  {
    name: 'the process dies between the fill and its stop',
    beforeEntry: both(http('stop', 'before', 'silence'), diesAsItProtects),
  },
  {
    name: 'the process dies between the fill and its stop, and the stop of the next one gets no answer',
    beforeEntry: both(http('stop', 'before', 'silence', 2), diesAsItProtects),
    isDeep: true,
  },
  { name: 'its fill is told twice', beforeEntry: told('twice', 4, 'user') },
  { name: 'its fill is not told', beforeEntry: told('lose', 2, 'user') },
  { name: 'the stop: no answer, it had arrived', beforeEntry: http('stop', 'after', 'silence') },
  { name: 'the stop: no answer, again and again', beforeEntry: http('stop', 'before', 'silence', 1000), isDeep: true },
  { name: 'the price falls through the stop', whileHeld: priceTouches('44000') },
  { name: 'the process dies while a position is held', whileHeld: scene => scene.again() },
  { name: 'all streams are cut', whileHeld: cutStreams },
  { name: 'all streams stay open and fall silent (half-open)', whileHeld: ({ local }) => local.server.freezeSockets() },
  { name: 'maintenance for a while', whileHeld: maintenance },
  { name: 'somebody cancels the stop', whileHeld: cancelStops },
  { name: 'somebody buys by hand', whileHeld: byHand('buy', '0.05') },
  { name: 'somebody deposits coins', whileHeld: deposit('BTC', '0.05') },
  { name: 'the market is not traded as it leaves', beforeExit: notTrading(600) },
  { name: 'the exit: no answer, it did not arrive', beforeExit: http('order', 'before', 'silence'), isDeep: true },
  { name: 'the exit: no answer, it had arrived', beforeExit: http('order', 'after', 'silence') },
  { name: 'the cancel of the stop: no answer, it did not arrive', beforeExit: http('cancel', 'before', 'silence') },
  { name: 'the process dies as its exit fills', beforeExit: diesAsItLeaves },
];

describeLives('Spot at Coinbase', COINBASE, AT_COINBASE);
