/** What commands bring in to train models and to look after their versions. */
export { Registry } from '../../runtime/models/registry/registry.ts';
export { compressFor, readCompressRequest } from '../models/compress.ts';
export { trainDocument } from '../models/document.ts';
export { importVersion } from '../models/import.ts';
export { predictionsFor } from '../models/predictions.ts';
export { readTrainRequest } from '../models/request.ts';
export { trainSummary } from '../models/summary.ts';
export { trainFiles } from '../models/train.ts';
export {
  compareText,
  compareVersions,
  detailsText,
  listText,
  listVersions,
  versionDetails,
} from '../models/versions.ts';
