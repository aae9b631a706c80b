/** "Did you mean …": the checker's name for it. One idea of likeness serves keywords, names and properties. */
export { mostSimilar as nearest } from '../syntax/similar.ts';
