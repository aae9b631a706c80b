/**
 * One thing goes wrong in the life of a run on spot at Binance, through the real client: where a resting sale sets its
 * coins aside, fees are paid in what is bought, and coins come and go without a trade. What came of each is a row of
 * docs/run-faults.md.
 */
import { amount } from '../../venue/amount.ts';
import { MINUTE_MS, spotVenue } from '../../venue/start.ts';
import {
  BUSY,
  both,
  byAnotherRun,
  byHand,
  cancelStops,
  cutStreams,
  deposit,
  diesAsItLeaves,
  diesAsItProtects,
  diesProtected,
  EMPTY,
  halfOpen,
  http,
  inParts,
  laterBy,
  maintenance,
  notTrading,
  priceTouches,
  refusal,
  stopDoesNotFill,
  told,
} from './faults/acts.ts';
import type { Fault, Ground } from './faults/life.ts';
import { describeLives } from './faults/lives.ts';
import { SPOT_FACTS } from './reconcile/support.ts';

const isStop = (params: Readonly<Record<string, unknown>>) => params.stopPrice !== undefined;
const ORDER = 'POST /api/v3/order';

const BINANCE: Ground = {
  open: spotVenue,
  symbol: 'BTC/USDT',
  id: 'BTCUSDT',
  exchange: 'binance',
  facts: SPOT_FACTS,
  execution: '',
  requests: {
    order: { on: ORDER, of: params => !isStop(params) },
    stop: { on: ORDER, of: isStop },
    cancel: { on: 'DELETE /api/v3/order' },
  },
};

const TRADE = 'executionReport';

/** A fee of three quarters of a thousandth of 0.1 is no whole number of lots. */
const oddFee: Fault['first'] = ({ ground, local: { exchange } }) => {
  const { market, price } = exchange.listing(ground.id);
  exchange.list({ ...market, takerFee: amount('0.00075') }, price);
};

/** Fees are paid in the exchange's own coin, of which the account has some. */
const feesInBnb: Fault['first'] = ({ local: { exchange } }) => {
  const { market } = exchange.listing('ETHUSDT');
  exchange.list({ ...market, symbol: 'BNBUSDT', base: 'BNB' }, amount('500'));
  exchange.deposit('BNB', amount('1'));
  exchange.feeCoin = 'BNB';
};

const AT_BINANCE: readonly Fault[] = [
  { name: 'nothing' },
  { name: 'the entry: no answer, it did not arrive', beforeEntry: http('order', 'before', 'silence') },
  { name: 'the entry: no answer, it had arrived', beforeEntry: http('order', 'after', 'silence') },
  { name: 'the entry: connection cut after it had arrived', beforeEntry: http('order', 'after', 'cut'), isDeep: true },
  { name: 'the entry: 503, although done', beforeEntry: http('order', 'after', BUSY) },
  {
    name: 'the entry: 200 with an empty body, although done',
    beforeEntry: http('order', 'after', EMPTY),
    isDeep: true,
  },
  {
    name: 'the entry: 418, shut out for two minutes',
    beforeEntry: both(
      http('order', 'before', { ...refusal(-1003, 'banned', 418), headers: { 'retry-after': '120' } }),
      laterBy(2 * MINUTE_MS, 800),
    ),
  },
  {
    name: 'the entry: −2010, not enough money',
    beforeEntry: http('order', 'before', refusal(-2010, 'Account has insufficient balance for requested action.')),
  },
  { name: 'the entry fills in four parts', beforeEntry: inParts('0.25', '0.25', '0.25', '0.25') },
  {
    name: 'a limit entry fills in part, and the process dies',
    order: 'at: limit 50300\n  expire: 9 bars\n  stop: 45000',
    beforeEntry: both(inParts('0.5', '1'), diesProtected),
    whileHeld: priceTouches('50150', '50150'),
  },
  {
    name: 'the process dies between the fill and its stop',
    beforeEntry: both(http('stop', 'before', 'silence'), diesAsItProtects),
  },
  {
    name: 'the process dies between the fill and its stop, and the stop of the next one gets no answer',
    beforeEntry: both(http('stop', 'before', 'silence', 2), diesAsItProtects),
  },
  { name: 'its fill is told twice', beforeEntry: told('twice', 4, TRADE) },
  { name: 'its fill is told out of order', beforeEntry: told('swap', 1, TRADE) },
  { name: 'its fill is not told', beforeEntry: told('lose', 2, TRADE) },
  { name: 'fees in the coin that is bought leave dust', first: oddFee },
  { name: 'fees are paid in a third coin', first: feesInBnb },
  { name: 'the stop: no answer, it had arrived', beforeEntry: http('stop', 'after', 'silence') },
  { name: 'the stop: no answer, again and again', beforeEntry: http('stop', 'before', 'silence', 1000) },
  {
    name: 'the stop: refused, the price is through',
    beforeEntry: http('stop', 'before', refusal(-2010, 'Stop price would trigger immediately.')),
  },
  { name: 'the stop triggers, and never fills', whileHeld: stopDoesNotFill },
  { name: 'the price falls through the stop', whileHeld: priceTouches('44000') },
  { name: 'the process dies while a position is held', whileHeld: scene => scene.again() },
  { name: 'all streams are cut', whileHeld: cutStreams },
  { name: 'all streams stay open and fall silent (half-open)', whileHeld: ({ local }) => local.server.freezeSockets() },
  { name: 'streams come back half-open: they answer pings and tell nothing', whileHeld: halfOpen, isDeep: true },
  { name: 'maintenance for a while', whileHeld: maintenance },
  { name: 'somebody cancels the stop', whileHeld: cancelStops },
  { name: 'somebody buys by hand', whileHeld: byHand('buy', '0.05') },
  {
    name: 'somebody cancels the stop and sells half of it by hand',
    whileHeld: both(cancelStops, byHand('sell', '0.05')),
  },
  { name: 'another run trades the instrument', whileHeld: byAnotherRun },
  { name: 'somebody deposits coins', whileHeld: deposit('BTC', '0.05') },
  { name: 'somebody deposits money', whileHeld: deposit('USDT', '5000'), isDeep: true },
  { name: 'there are coins before it begins', first: deposit('BTC', '0.3') },
  { name: 'the market is not traded for a while', whileHeld: notTrading(undefined), beforeExit: notTrading(0) },
  { name: 'the market is not traded as it leaves', beforeExit: notTrading(600) },
  { name: 'the exit: no answer, it did not arrive', beforeExit: http('order', 'before', 'silence') },
  { name: 'the exit: no answer, it had arrived', beforeExit: http('order', 'after', 'silence') },
  { name: 'the cancel of the stop: no answer, it did not arrive', beforeExit: http('cancel', 'before', 'silence') },
  { name: 'the cancel of the stop: connection cut, although done', beforeExit: http('cancel', 'after', 'cut') },
  { name: 'the process dies as its exit fills', beforeExit: diesAsItLeaves },
];

describeLives('Spot at Binance', BINANCE, AT_BINANCE);
