/** A strategy in its other spelling. Only a file that can be read as a whole is converted: nothing may be lost. */
import { readStrategy } from '../../../language/index.ts';
import { format } from '../../../language/syntax/format.ts';
import { toYaml } from '../../../language/yaml/write.ts';
import type { Document } from '../document.ts';
import type { Text, Unavailable } from '../protocol.ts';

export function twinOf({ uri, content, form }: Document): Text | Unavailable {
  const { tree, problems } = readStrategy({ name: uri, text: content, form });
  if (problems.length > 0)
    return { unavailable: 'The file has errors; only one that can be read as a whole is converted.' };
  return form === 'vela' ? { text: toYaml(tree), languageId: 'yaml' } : { text: format(tree), languageId: 'vela' };
}

/** Where the other spelling of a file belongs. */
export function twinUri({ uri, form }: Document): string {
  return form === 'vela' ? `${uri.replace(/\.vela$/i, '')}.yaml` : `${uri.replace(/(\.vela)?\.ya?ml$/i, '')}.vela`;
}
