/** The signature of the call around the caret, with the argument that is being written. */
import type { SignatureHelp } from 'vscode-languageserver-types';
import { type CallAt, type Cursor, cursorIn } from '../../../language/query/cursor.ts';
import { callableNamed } from '../../../language/query/functions.ts';
import type { Analysis, Document } from '../document.ts';
import { prose } from '../words.ts';
import { velaCursor } from './completion.ts';
import { beginningAt, yamlPlaceAt } from './yaml_cursor.ts';

export function signatureHelp(document: Document, analysis: Analysis, offset: number): SignatureHelp | undefined {
  const call = callOf(cursorAt(document, analysis, offset));
  const callable = call && callableNamed(call.callee, analysis);
  if (call === undefined || callable === undefined) return undefined;
  const { parameters, signature, doc } = callable;
  const named = call.name === undefined ? -1 : parameters.findIndex(({ name }) => name === call.name);
  const active = named >= 0 ? named : Math.min(call.index, parameters.length - 1);
  return {
    signatures: [
      {
        label: signature,
        ...(doc !== undefined && { documentation: { kind: 'markdown', value: prose(doc) } }),
        parameters: parameters.map(({ text, doc: about }) => ({
          label: text,
          ...(about !== undefined && { documentation: { kind: 'markdown', value: prose(about) } }),
        })),
      },
    ],
    activeSignature: 0,
    activeParameter: Math.max(0, active),
  };
}

function cursorAt(document: Document, analysis: Analysis, offset: number): Cursor | undefined {
  if (document.form === 'vela') return velaCursor(document, analysis, offset).cursor;
  const place = yamlPlaceAt(document.content, offset);
  if (place?.at !== 'value') return undefined;
  const beginning = beginningAt(place.path) ?? { statement: 'when', block: 'file', wants: 'any' };
  return cursorIn(document.content.slice(place.typed.start, offset).replace(/^["']/, ' '), place.typed.start, beginning)
    .cursor;
}

function callOf(cursor: Cursor | undefined): CallAt | undefined {
  switch (cursor?.kind) {
    case 'expression':
      return cursor.call;
    case 'value':
      return cursor.expression.call;
    case 'member':
      return cursor.in.call;
    default:
      return undefined;
  }
}
