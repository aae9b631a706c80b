/** What commands bring in to read the documents of a deployment, where there are any. */
export { readConfiguration } from '../../runtime/config/read.ts';
export { configurationSchemas } from '../../runtime/config/texts.ts';
