/** A process of its own that keeps versions: `node writer.ts FOLDER FIRST COUNT BYTES [content]`. Killed at any moment. */
import { Registry } from '../../../../runtime/models/registry/registry.ts';
import { versionOf } from './made.ts';

const [folder = '', first = '0', count = '1', bytes = '64', content] = process.argv.slice(2);
const registry = new Registry(folder);
process.stdout.write('ready\n');
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const { version, graph } = versionOf(seed, {}, content === undefined ? seed : Number(content), Number(bytes));
  try {
    registry.keep(version, graph);
  } catch (error) {
    process.stdout.write(`${error instanceof Error && 'code' in error ? String(error.code) : String(error)}\n`);
    process.exit(1);
  }
}
process.stdout.write('done\n');
