/** A portfolio of perpetuals, live at Binance USD-M, that is killed at any write of its journal. */
import { killedRuns } from './suite.ts';

killedRuns('portfolio', 8);
