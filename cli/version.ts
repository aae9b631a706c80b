/** Vela's own version, from the package. The bundle carries it inline. */
import packageFile from '../package.json' with { type: 'json' };

export const VERSION: string = packageFile.version;
