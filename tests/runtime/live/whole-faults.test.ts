/**
 * One thing goes wrong in the life of a run at a perpetual of Binance, through the real client; everything else goes on.
 * What came of each is a row of docs/run-faults.md.
 */
import { MINUTE_MS, usdmVenue } from '../../venue/start.ts';
import {
  BUSY,
  both,
  byAnotherRun,
  byHand,
  cancelStops,
  clockLeaps,
  clocksCompared,
  clocksComparedLater,
  cutStreams,
  deposit,
  diesAsItProtects,
  diesProtected,
  EMPTY,
  endsIn,
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
import { PERPETUAL_FACTS } from './reconcile/support.ts';

const HOUR_MS = 60 * MINUTE_MS;

const GROUND: Ground = {
  open: usdmVenue,
  symbol: 'BTC/USDT:USDT',
  id: 'BTCUSDT',
  exchange: 'binance',
  facts: PERPETUAL_FACTS,
  execution: 'funding: ignored',
  requests: {
    order: { on: 'POST /fapi/v1/order' },
    stop: { on: 'POST /fapi/v1/algoOrder' },
    cancel: { on: 'DELETE /fapi/v1/algoOrder' },
  },
};

const diesAsItHolds: Fault['first'] = ({ local, diesWhen }) => diesWhen(() => local.exchange.trades.length > 0);

const FAULTS: readonly Fault[] = [
  { name: 'nothing' },
  { name: 'the entry: no answer, it did not arrive', beforeEntry: http('order', 'before', 'silence') },
  { name: 'the entry: no answer, it had arrived', beforeEntry: http('order', 'after', 'silence') },
  { name: 'the entry: connection cut before it arrived', beforeEntry: http('order', 'before', 'cut') },
  { name: 'the entry: connection cut after it had arrived', beforeEntry: http('order', 'after', 'cut') },
  { name: 'the entry: 503, although done', beforeEntry: http('order', 'after', BUSY) },
  { name: 'the entry: 503, nothing done', beforeEntry: http('order', 'before', BUSY) },
  { name: 'the entry: 200 with an empty body, although done', beforeEntry: http('order', 'after', EMPTY) },
  { name: 'the entry: 200 with an empty body, nothing done', beforeEntry: http('order', 'before', EMPTY) },
  {
    name: 'the entry: −1021, outside of the receive window',
    beforeEntry: http('order', 'before', refusal(-1021, 'Timestamp')),
  },
  {
    name: 'the entry: 429, too many requests',
    // Nothing is asked until the next minute; it comes soon.
    beforeEntry: both(http('order', 'before', refusal(-1003, 'Too many', 429)), laterBy(MINUTE_MS, 300)),
  },
  {
    name: 'the entry: 418, shut out for two minutes',
    beforeEntry: both(
      http('order', 'before', { ...refusal(-1003, 'banned', 418), headers: { 'retry-after': '120' } }),
      laterBy(2 * MINUTE_MS, 800),
    ),
  },
  {
    name: 'the entry: −2019, not enough margin',
    beforeEntry: http('order', 'before', refusal(-2019, 'Margin is insufficient.')),
  },
  {
    name: 'the entry: somebody on the way sends it twice, and the venue takes both under one id',
    beforeEntry: http('order', 'before', 'twice'),
    excuses: ['an order twice', 'more than was decided', 'more than the limit of a position'],
  },
  {
    name: 'the entry fills in four parts',
    beforeEntry: inParts('0.25', '0.25', '0.25', '0.25'),
  },
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
  {
    name: 'the process dies before it hears of the fill',
    beforeEntry: both(http('order', 'after', 'silence'), cutStreams, diesAsItHolds),
  },
  { name: 'its fill is told twice', beforeEntry: told('twice', 4) },
  { name: 'its fill is told out of order', beforeEntry: told('swap', 1) },
  { name: 'its fill is not told', beforeEntry: told('lose', 2) },
  { name: 'the stop: no answer, it had arrived', beforeEntry: http('stop', 'after', 'silence') },
  { name: 'the stop: no answer, again and again', beforeEntry: http('stop', 'before', 'silence', 1000) },
  {
    name: 'the stop: refused, the price is through',
    beforeEntry: http('stop', 'before', refusal(-2021, 'Order would immediately trigger.')),
  },
  {
    name: 'the stop: refused, no room for more',
    beforeEntry: http('stop', 'before', refusal(-4045, 'Reach max stop order limit.')),
  },
  { name: 'the stop triggers, and never fills', whileHeld: stopDoesNotFill },
  { name: 'the price falls through the stop', whileHeld: priceTouches('44000') },
  { name: 'the process dies while a position is held', whileHeld: scene => scene.again() },
  { name: 'all streams are cut', whileHeld: cutStreams },
  { name: 'all streams stay open and fall silent (half-open)', whileHeld: ({ local }) => local.server.freezeSockets() },
  { name: 'streams come back half-open: they answer pings and tell nothing', whileHeld: halfOpen },
  { name: 'maintenance for a while', whileHeld: maintenance },
  {
    name: 'the clock of the machine is two minutes off',
    first: clockLeaps(2 * MINUTE_MS),
  },
  { name: 'the clock of the machine leaps two minutes ahead', beforeEntry: clockLeaps(2 * MINUTE_MS) },
  {
    name: 'the clock leaps two minutes back, and is compared before the entry',
    beforeEntry: both(clockLeaps(-2 * MINUTE_MS), clocksCompared, clocksComparedLater),
  },
  { name: 'somebody cancels the stop', whileHeld: cancelStops },
  { name: 'somebody buys by hand', whileHeld: byHand('buy', '0.05') },
  { name: 'somebody sells half of it by hand', whileHeld: byHand('sell', '0.05') },
  { name: 'somebody sells all of it by hand', whileHeld: byHand('sell', '0.1') },
  { name: 'another run trades the instrument', whileHeld: byAnotherRun },
  { name: 'somebody deposits money', whileHeld: deposit('USDT', '5000') },
  { name: 'somebody withdraws most of the money', whileHeld: deposit('USDT', '-8000') },
  { name: 'the market is not traded for a while', whileHeld: notTrading(undefined), beforeExit: notTrading(0) },
  { name: 'the market is not traded as it leaves', beforeExit: notTrading(600) },
  { name: 'the end of the market is announced, in five hours', whileHeld: endsIn(5 * HOUR_MS) },
  { name: 'the end of the market is announced, within two hours', whileHeld: endsIn(1.5 * HOUR_MS) },
  { name: 'the exit: no answer, it did not arrive', beforeExit: http('order', 'before', 'silence') },
  { name: 'the exit: no answer, it had arrived', beforeExit: http('order', 'after', 'silence') },
  { name: 'the exit: 503, nothing done', beforeExit: http('order', 'before', BUSY) },
  {
    name: 'the exit: refused once',
    beforeExit: http('order', 'before', refusal(-4131, 'The counterparty best price.')),
  },
  { name: 'the cancel of the stop: no answer, it did not arrive', beforeExit: http('cancel', 'before', 'silence') },
  { name: 'the cancel of the stop: connection cut, although done', beforeExit: http('cancel', 'after', 'cut') },
  { name: 'the process dies before it leaves', beforeExit: scene => scene.again() },
  {
    name: 'the process dies as its exit fills',
    beforeExit: ({ local, diesWhen }) => diesWhen(() => local.exchange.trades.length > 1),
  },
];

describeLives('Perpetuals at Binance', GROUND, FAULTS);
