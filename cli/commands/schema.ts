/** `vela schema`: the JSON Schemas of the YAML documents, for editors that complete and check by them. */
import type { Command } from '../command.ts';
import { EXIT, usageError } from '../errors.ts';

const NAMES = ['strategy', 'model', 'trading', 'system'] as const;

export const schema: Command = {
  name: 'schema',
  summary: 'the JSON Schema of a YAML document, for editors',
  arguments: [
    { usage: '<document>', doc: '`strategy`, or a document of the configuration: `model`, `trading`, `system`' },
  ],
  options: [],
  examples: ['vela schema strategy > .vscode/strategy.schema.json', 'vela schema trading > trading.schema.json'],
  run: async ({ arguments: [given = ''], terminal }) => {
    const name = NAMES.find(known => known === given);
    if (name === undefined)
      throw usageError(
        `there is no schema of \`${given}\``,
        `name one of ${NAMES.map(one => `\`${one}\``).join(', ')}`,
      );
    terminal.out(await textOf(name));
    return EXIT.done;
  },
};

async function textOf(name: (typeof NAMES)[number]): Promise<string> {
  if (name === 'strategy') return (await import('../schema.ts')).schemaText();
  const { configurationSchemas } = await import('../rooms/configuration.ts');
  return configurationSchemas()[name];
}
