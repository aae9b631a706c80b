/** One training in a process of its own; prints the bytes of memory that it takes above the loaded matrix. */
import { makeRows, type Shape, type Training, trainOurs } from './trainer-data.ts';

const [shape, training] = process.argv.slice(2).map(text => JSON.parse(text) as unknown) as [Shape, Training];
const rows = makeRows(shape);
const before = process.memoryUsage.rss();
await trainOurs(rows, training);
process.stdout.write(String(process.resourceUsage().maxRSS * 1024 - before));
