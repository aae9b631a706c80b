/** A live run at Binance spot that is killed at any write of its journal. */
import { killedRuns } from './suite.ts';

killedRuns('spot');
