/**
 * Addresses of what is inside the program: files of the standard library, pages of the manual. An editor that can asks for
 * their text under a scheme of ours; for others they are written, once, into the cache folder, for reading alone.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { explainCode } from '../../language/index.ts';
import type { SourceFile, Tree } from '../../language/syntax/tree.ts';
import { SCHEMES, type Text } from './protocol.ts';

export class Places {
  private readonly library: readonly Tree[];
  private readonly version: string;
  private readonly folder: string | undefined;
  private readonly pages: (code: string) => string | undefined;
  private readonly written = new Map<string, string>();

  /** `folder`: where files are written; undefined for an editor that shows our schemes. */
  constructor(
    library: readonly Tree[],
    version: string,
    folder: string | undefined,
    pages: (code: string) => string | undefined = explainCode,
  ) {
    this.library = library;
    this.version = version;
    this.folder = folder;
    this.pages = pages;
  }

  ofLibrary({ name, text }: SourceFile): string {
    const file = name.replace(/^stdlib\//, '');
    return this.folder === undefined ? `${SCHEMES.library}:/${file}` : this.onDisk(join('library', file), () => text);
  }

  /** The page of a code in the manual. */
  ofCode(code: string): string {
    if (this.folder === undefined) return `${SCHEMES.manual}:/${code}.md`;
    return this.onDisk(join('manual', `${code}.md`), () => `${this.pages(code) ?? code}\n`);
  }

  text(uri: string): Text | null {
    const [, scheme, file = ''] = /^([\w-]+):\/*(.*)$/.exec(uri) ?? [];
    if (scheme === SCHEMES.library) {
      const found = this.library.find(({ source }) => source.name === `stdlib/${file}`);
      return found === undefined ? null : { text: found.source.text, languageId: 'vela' };
    }
    if (scheme !== SCHEMES.manual) return null;
    const page = this.pages(file.replace(/\.md$/, ''));
    return page === undefined ? null : { text: `${page}\n`, languageId: 'markdown' };
  }

  /** A result for an editor that has no window of its own for it; the path of the file. */
  write(name: string, text: string): string {
    const path = join(this.folder ?? tmpdir(), `editor-${this.version}`, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  private onDisk(file: string, text: () => string): string {
    const known = this.written.get(file);
    if (known !== undefined) return known;
    const path = join(this.folder ?? '', `editor-${this.version}`, file);
    const uri = pathToFileURL(path).href;
    this.written.set(file, uri);
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text(), { mode: 0o444 });
    }
    return uri;
  }
}
