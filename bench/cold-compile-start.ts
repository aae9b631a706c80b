/** Starts the child of the cold compile as the published program starts its chunks: with the code kept from before. */
import { KeptCode } from '../cli/kept_code.ts';

const [chunk = '', folder = ''] = process.argv.slice(2);
const code = new KeptCode(folder);
process.on('exit', () => code.keep());
code.load(chunk);
