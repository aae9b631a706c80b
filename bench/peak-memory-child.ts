/** The reference job in a process of its own; prints its peak resident memory in MB. */

import { contiguous, loadMinutes } from './reference-market.ts';
import { compileReference, runReference } from './reference-strategy.ts';

const bars = await loadMinutes(process.argv[2]);
runReference(compileReference(), contiguous(bars, bars.length));
process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
