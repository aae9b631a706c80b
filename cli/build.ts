/**
 * What names the compiler in the plan cache. From the repository's sources there is no such name, since they change under
 * it, and nothing is cached; the published bundle carries a hash of what it was built from (tools/build.ts).
 */
export const BUILD: string | undefined = undefined;
