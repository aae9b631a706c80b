/** What the thread brings in that runs strategies while they are written. */
export { serveThread } from '../editor/thread.ts';
