/** A live run at Coinbase that is killed at any write of its journal. */
import { killedRuns } from './suite.ts';

killedRuns('coinbase', 8);
